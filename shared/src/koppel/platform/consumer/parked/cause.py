"""Why an event could not be applied, read off the error that its handler raised."""

from koppel.contracts.envelope import MalformedEvent
from koppel.kernel.errors import KoppelError, Permanent, Transient
from koppel.platform.consumer.names import storable
from koppel.platform.consumer.parked.store import Cause

_LONGEST = 1_000
"""Characters; a detail may name places in what somebody sent, and those can be of any length."""


class VersionConflict(Permanent):
    """Two events claim one version of a stream. The one that came first was believed."""

    def __init__(self, detail: str = "Its version was applied here as another event.") -> None:
        super().__init__("version_conflict", detail)


def cause_of(error: BaseException) -> Cause:
    """Transient errors are tried again; all others wait for an operator. Unknown ones name their class only:
    their text may hold data."""
    match error:
        case MalformedEvent():
            return Cause("malformed", error.code, _bounded(error.detail))
        case Transient():
            return Cause("transient", error.code, _bounded(error.detail), error.retry_after, error.__cause__)
        case KoppelError():
            return Cause("permanent", error.code, _bounded(error.detail))
        case _:
            return Cause(
                "permanent",
                "handler_failed",
                f"The handler raised {type(error).__name__}; see the log.",
                error=error,
            )


def _bounded(detail: str) -> str:
    return storable(detail if len(detail) <= _LONGEST else f"{detail[:_LONGEST]}...")
