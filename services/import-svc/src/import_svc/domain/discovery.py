"""Finding the companies that a grant gives access to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from koppel.contracts.values import Failure, WhoMustAct
from koppel.kernel.errors import KoppelError
from koppel.kernel.retry import RetryPolicy


class GrantDiscoveryState(StrEnum):
    """`waiting` is to be tried, perhaps again."""

    WAITING = "waiting"
    DISCOVERED = "discovered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class GrantDiscovery:
    """The discovery of one grant within a session."""

    grant_id: UUID
    state: GrantDiscoveryState
    attempts: int
    next_attempt_at: datetime
    failure: Failure | None = None

    @property
    def waits(self) -> bool:
        """Whether it is to be tried, perhaps again."""
        return self.state is GrantDiscoveryState.WAITING


class DiscoveryFailed(KoppelError):
    """Companies could not be listed; `transient` when the same may work later.

    `paces` when the package asked all callers to slow down: others need not even try before `retry_after`.
    """

    def __init__(
        self,
        failure: Failure,
        *,
        transient: bool,
        retry_after: float | None = None,
        paces: bool = False,
    ) -> None:
        super().__init__(failure.code, failure.detail)
        self.failure = failure
        self.transient = transient
        self.retry_after = retry_after
        self.paces = paces


def after_failure(
    before: GrantDiscovery, error: DiscoveryFailed, policy: RetryPolicy, now: datetime
) -> GrantDiscovery:
    """Try again later where that may help and attempts are left, else failed."""
    attempts = before.attempts + 1
    again = error.transient and not policy.exhausted(attempts)
    return GrantDiscovery(
        before.grant_id,
        GrantDiscoveryState.WAITING if again else GrantDiscoveryState.FAILED,
        attempts,
        now + policy.delay(attempts, at_least=error.retry_after) if again else now,
        error.failure,
    )


def unexpected() -> DiscoveryFailed:
    """The failure of something that nobody thought of; its cause stands in the log."""
    failure = Failure(
        origin="import-svc",
        type="unexpected",
        who_must_act=WhoMustAct.US,
        code="discovery_error",
        detail="Something went wrong on our side while the companies were listed.",
    )
    return DiscoveryFailed(failure, transient=True)
