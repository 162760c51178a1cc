"""Why an event could not be applied, from the error that its handler raised."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from koppel.contracts.envelope import MalformedEvent
from koppel.kernel.errors import KoppelError, Permanent, Transient
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.stored_text import storable

_LONGEST = 1_000
"""Characters. A detail may quote a path in a sent document, which can have any length."""


CauseClass = Literal["transient", "permanent", "malformed", "gap"]


@dataclass(frozen=True, slots=True)
class FailureCause:
    """Why an event waits; the detail is for people, holds no event data and no NUL.

    `retry_after` is seconds that the other side asked for: no attempt comes sooner.
    """

    kind: CauseClass
    code: str
    detail: str
    retry_after: float | None = None
    error: BaseException | None = field(default=None, compare=False, repr=False)
    """What a handler raised that is none of ours: the log shows its stack."""


class VersionConflict(Permanent):
    """Two events claim one version of a stream. The one that came first was believed."""

    def __init__(self, detail: str = "Its version was applied here as another event.") -> None:
        super().__init__("version_conflict", detail)


def cause_of(error: BaseException) -> FailureCause:
    """Transient errors are tried again; all others wait for an operator. Unknown ones name their class only:
    their text may hold data."""
    match error:
        case MalformedEvent():
            return FailureCause("malformed", error.code, _bounded(error.detail))
        case Transient():
            return FailureCause(
                "transient", error.code, _bounded(error.detail), error.retry_after, error.__cause__
            )
        case KoppelError():
            return FailureCause("permanent", error.code, _bounded(error.detail))
        case _:
            return FailureCause(
                "permanent",
                "handler_failed",
                f"The handler raised {type(error).__name__}; see the log.",
                error=error,
            )


def _bounded(detail: str) -> str:
    return storable(detail if len(detail) <= _LONGEST else f"{detail[:_LONGEST]}...")


def wait_after(policy: RetryPolicy, cause: FailureCause, *, attempts: int) -> timedelta | None:
    """How long until the next attempt after so many; None when an operator must say so."""
    if cause.kind != "transient" or policy.exhausted(attempts):
        return None
    return policy.delay(attempts, at_least=cause.retry_after)
