"""Finding the companies that a grant gives access to."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from koppel.contracts.values import Failure, WhoMustAct
from koppel.kernel.errors import KoppelError
from koppel.kernel.retry import RetryPolicy
from koppel.providers.failures import CONTINUATION_INVALID

MOST_PAGES = 2_000
"""Pages of one grant: more than any login reaches. It ends the reading of a provider whose pages never end."""


class GrantDiscoveryState(StrEnum):
    """`waiting` is to be tried, perhaps again."""

    WAITING = "waiting"
    DISCOVERED = "discovered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class GrantDiscovery:
    """The discovery of one grant within a session.

    `pages` have been stored, and `continuation` asks for the one behind them; None is the first page. `attempts` are
    those at this page.
    """

    grant_id: UUID
    state: GrantDiscoveryState
    attempts: int
    next_attempt_at: datetime
    failure: Failure | None = None
    continuation: str | None = None
    pages: int = 0

    @property
    def waits(self) -> bool:
        """Whether it is to be tried, perhaps again."""
        return self.state is GrantDiscoveryState.WAITING


class DiscoveryFailed(KoppelError):
    """Companies could not be listed; `transient` when the same may work later.

    `paces` when the provider asked all callers to slow down: others need not even try before `retry_after`.
    `untried`: no call was made, so that no attempt is lost.
    """

    def __init__(
        self,
        failure: Failure,
        *,
        transient: bool,
        retry_after: float | None = None,
        paces: bool = False,
        untried: bool = False,
    ) -> None:
        super().__init__(failure.code, failure.detail)
        self.failure = failure
        self.transient = transient
        self.retry_after = retry_after
        self.paces = paces
        self.untried = untried


def after_page(before: GrantDiscovery, following: str | None, now: datetime) -> GrantDiscovery:
    """Discovered with the last page, else the next one is due. Pages without an end are a failure; what they told stays."""
    pages = before.pages + 1
    if following is None:
        return replace(
            before,
            state=GrantDiscoveryState.DISCOVERED,
            attempts=before.attempts + 1,
            next_attempt_at=now,
            failure=None,
            continuation=None,
            pages=pages,
        )
    endless = following == before.continuation or pages >= MOST_PAGES
    return replace(
        before,
        state=GrantDiscoveryState.FAILED if endless else GrantDiscoveryState.WAITING,
        attempts=0,
        failure=_ENDLESS if endless else None,
        continuation=None if endless else following,
        pages=pages,
    )


def after_failure(
    before: GrantDiscovery, error: DiscoveryFailed, policy: RetryPolicy, now: datetime
) -> GrantDiscovery:
    """Try again later where that may help and attempts are left, else failed.

    A provider that no longer knows where to go on is asked from its first page.
    """
    if error.untried:
        wait = timedelta(seconds=error.retry_after or 1.0)
        return replace(before, next_attempt_at=now + wait, failure=error.failure)
    attempts = before.attempts + 1
    lost_its_place = before.continuation is not None and error.code == CONTINUATION_INVALID.code
    again = (error.transient or lost_its_place) and not policy.exhausted(attempts)
    return replace(
        before,
        state=GrantDiscoveryState.WAITING if again else GrantDiscoveryState.FAILED,
        attempts=attempts,
        next_attempt_at=now + policy.delay(attempts, at_least=error.retry_after) if again else now,
        failure=error.failure,
        continuation=None if lost_its_place else before.continuation,
    )


def unexpected() -> DiscoveryFailed:
    """The failure behind an unexpected exception; the log has its cause."""
    failure = Failure(
        origin="import-svc",
        type="unexpected",
        who_must_act=WhoMustAct.US,
        code="discovery_error",
        detail="Something went wrong on our side while the companies were listed.",
    )
    return DiscoveryFailed(failure, transient=True)


_ENDLESS = Failure(
    origin="provider",
    type="bad_answer",
    who_must_act=WhoMustAct.PROVIDER,
    code="discovery_endless",
    detail="The accounting package lists companies page after page without an end.",
)
