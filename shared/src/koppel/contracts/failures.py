"""Failures that several services name. A code has the same origin, type and `who_must_act` everywhere.

Failures of calls to providers are in `koppel.providers.failures`; those that one service names are its own.
"""

from koppel.contracts.values import Failure, WhoMustAct

CONNECTION_REVOKED = Failure(
    origin="connection",
    type="revoked",
    who_must_act=WhoMustAct.CUSTOMER,
    code="connection_revoked",
    detail="The connection was removed or its access withdrawn; connect the package again.",
)
REAUTHORIZATION_REQUIRED = Failure(
    origin="connection",
    type="reauthorization_required",
    who_must_act=WhoMustAct.CUSTOMER,
    code="reauthorization_required",
    detail="The login is no longer valid; somebody has to log in again at the accounting package.",
)
GRANT_NOT_FOUND = Failure(
    origin="connection-svc",
    type="unknown_grant",
    who_must_act=WhoMustAct.US,
    code="grant_not_found",
    detail="connection-svc does not know the login, or it is another organisation's.",
)
TOKEN_REFUSED = Failure(
    origin="connection-svc",
    type="refused",
    who_must_act=WhoMustAct.US,
    code="token_refused",
    detail="connection-svc refuses to issue an access token to this service.",
)
PROVIDER_BUSY = Failure(
    origin="provider",
    type="budget",
    who_must_act=WhoMustAct.US,
    code="provider_busy",
    detail="The calls that the accounting package allows us are used up for now; it goes on by itself.",
)
UNKNOWN_PROVIDER = Failure(
    origin="configuration",
    type="unknown_provider",
    who_must_act=WhoMustAct.US,
    code="unknown_provider",
    detail="This version does not know the accounting package.",
)
