"""Which failures pause what: the same cause, so often in a row. sync-svc's page on operating prints the table."""

from dataclasses import dataclass
from datetime import timedelta

from koppel.contracts.failures import (
    GRANT_NOT_FOUND,
    REAUTHORIZATION_REQUIRED,
    TOKEN_REFUSED,
    UNKNOWN_PROVIDER,
)
from koppel.contracts.pause import PauseScope, ResumesWhen
from koppel.kernel.retry import RetryPolicy
from koppel.providers import failures
from sync_svc.domain.failure import NO_PROGRESS

EVERY_MINUTE = RetryPolicy(first=timedelta(minutes=1), longest=timedelta(minutes=1), jitter=0.0)
RARER_AND_RARER = RetryPolicy(first=timedelta(minutes=1), longest=timedelta(hours=1), jitter=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRule:
    """`in_a_row` failures of these causes, without a success between, pause what the scope names.

    For a provider they are of so many different administrations. Now and then one run is tried as a probe, `probes`
    says how far apart; None: no probe can help. `answered`: the provider answered, so nothing wider is at fault.
    """

    name: str
    scope: PauseScope
    causes: frozenset[str]
    in_a_row: int = 3
    probes: RetryPolicy | None = RARER_AND_RARER
    resumes_when: ResumesWhen = ResumesWhen.PROBE
    answered: bool = True


_DOWN = frozenset(
    kind.code
    for kind in (
        failures.UNREACHABLE,
        failures.TIMEOUT,
        failures.DROPPED,
        failures.UNAVAILABLE,
        failures.BAD_ANSWER,
    )
)
_OURS = frozenset(
    {
        failures.CLIENT_INVALID.code,
        failures.RIGHTS_NOT_REGISTERED.code,
        failures.REQUEST_UNSENDABLE.code,
        UNKNOWN_PROVIDER.code,
    }
)

RULES = (
    PauseRule(
        name="provider_down",
        scope=PauseScope.PROVIDER,
        causes=_DOWN,
        probes=EVERY_MINUTE,
        answered=False,
    ),
    PauseRule(
        name="provider_refuses_us",
        scope=PauseScope.PROVIDER,
        causes=_OURS,
        probes=EVERY_MINUTE,
        answered=False,
    ),
    PauseRule(
        name="login_ended",
        scope=PauseScope.GRANT,
        causes=frozenset({REAUTHORIZATION_REQUIRED.code}),
        in_a_row=1,
        probes=None,
        resumes_when=ResumesWhen.LOGIN,
        answered=False,
    ),
    PauseRule(
        name="login_refused",
        scope=PauseScope.GRANT,
        causes=frozenset(
            kind.code for kind in (failures.UNAUTHORIZED, failures.LOGIN_BLOCKED, failures.GRANT_INVALID)
        ),
        resumes_when=ResumesWhen.LOGIN_OR_PROBE,
    ),
    PauseRule(
        name="login_unknown",
        scope=PauseScope.GRANT,
        causes=frozenset({GRANT_NOT_FOUND.code, TOKEN_REFUSED.code}),
        resumes_when=ResumesWhen.LOGIN_OR_PROBE,
        answered=False,
    ),
    PauseRule(
        name="company_closed",
        scope=PauseScope.ADMINISTRATION,
        causes=frozenset(
            kind.code
            for kind in (
                failures.COMPANY_INACTIVE,
                failures.COMPANY_BLOCKED,
                failures.COMPANY_SETUP_INCOMPLETE,
                failures.LICENCE_TERMS,
                failures.LICENCE_EXPIRED,
            )
        ),
    ),
    PauseRule(
        name="company_out_of_reach",
        scope=PauseScope.ADMINISTRATION,
        causes=frozenset({failures.NO_COMPANY_ACCESS.code, failures.NOT_IN_CONSENT.code}),
        resumes_when=ResumesWhen.LOGIN_OR_PROBE,
    ),
    PauseRule(
        name="company_unreadable",
        scope=PauseScope.ADMINISTRATION,
        causes=_DOWN | _OURS | {NO_PROGRESS.code},
        answered=False,
    ),
    PauseRule(
        name="resource_forbidden",
        scope=PauseScope.RESOURCE,
        causes=frozenset({failures.FORBIDDEN.code, failures.SCOPE_MISSING.code}),
        resumes_when=ResumesWhen.LOGIN_OR_PROBE,
    ),
    PauseRule(
        name="resource_refused",
        scope=PauseScope.RESOURCE,
        causes=frozenset(
            kind.code for kind in (failures.NOT_FOUND, failures.REQUEST_REFUSED, failures.ANSWER_TOO_LARGE)
        ),
    ),
)
"""Widest first, which is also the order in which rows are locked."""
BY_NAME = {rule.name: rule for rule in RULES}
LOGIN_ENDED = BY_NAME["login_ended"]
"""The one that no run begins: connection-svc says that a login has ended, and that there is one again."""
