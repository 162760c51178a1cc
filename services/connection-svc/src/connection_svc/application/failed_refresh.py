"""A failed refresh: when it is tried again, and who is told when it does not pass."""

import logging
from datetime import timedelta

from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.application.refused_clients import ASK_AGAIN
from connection_svc.domain.connection import OUR_FAULTS, Grant, Trouble
from connection_svc.domain.rotation import Attempt
from koppel.kernel.errors import KoppelError, Transient
from koppel.kernel.retry import RetryPolicy

log = logging.getLogger(__name__)

_BACK_OFF = RetryPolicy(first=timedelta(seconds=1), longest=timedelta(minutes=1))
_TOO_EARLY = RetryPolicy(first=timedelta(seconds=30), longest=timedelta(minutes=10), jitter=0.0)
_OURS = RetryPolicy(first=timedelta(minutes=1), longest=timedelta(minutes=1), jitter=0.0)
"""For other processes: a start with other settings is seen soon. This one does not ask again at all."""
_AWAY = frozenset(
    {
        "provider_unreachable",
        "provider_timeout",
        "connection_dropped",
        "provider_unavailable",
        "provider_bad_answer",
    }
)
_AWAY_FOR_LONG = 3
"""Attempts after which a provider that is away is told as the connection's trouble."""
_ANSWER_LOST = frozenset(
    {"provider_timeout", "connection_dropped", "provider_bad_answer", "provider_answer_too_large"}
)
"""Failures after which the provider may have replaced the token all the same."""


async def failed_refresh(ports: Ports, grant: Grant, attempt: Attempt, failure: KoppelError) -> Transient:
    """Note that it failed, and what to raise: whatever it was, a later call may pass without a person's login."""
    ours = failure.code in OUR_FAULTS
    pause = _policy(failure).delay(attempt.attempts, at_least=getattr(failure, "retry_after", None))
    answered = failure.code not in _ANSWER_LOST
    if ours:
        ports.refused_clients.note(grant, failure.code)
        log.error("the provider refuses what we ask: %s, seen at grant %s", failure.code, attempt.grant_id)

    async def note(tx: Transaction) -> None:
        now = tx.now
        await tx.rotations.withdraw(attempt, now + pause, failure.code, answered=answered)
        if ours or (failure.code in _AWAY and attempt.attempts >= _AWAY_FOR_LONG):
            await tx.grants.note_trouble(attempt.grant_id, Trouble(failure.code, now))

    await ports.unit_of_work.persist(note)
    told = ASK_AGAIN if ours else pause.total_seconds()
    return Transient(failure.code, failure.detail, retry_after=told)


def _policy(failure: KoppelError) -> RetryPolicy:
    if failure.code in OUR_FAULTS:
        return _OURS
    return _TOO_EARLY if failure.code == "refresh_too_early" else _BACK_OFF
