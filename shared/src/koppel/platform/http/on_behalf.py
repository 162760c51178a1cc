"""For whom a call acts: a person for the organisation of the token, a service for the one that its call names.

The header is judged where the token is, before any route's own guard, so that no route can forget it.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from fastapi import Request

from koppel.kernel.errors import FieldError, Forbidden, InvalidInput
from koppel.platform.identity.principal import Principal, PrincipalKind
from koppel.platform.identity.service_access import ServiceAccess

HEADER = "Koppel-Organisation"
_NOBODY = UUID(int=0)


def admit(request: Request, principal: Principal) -> Principal:
    """The principal, with the organisation that a service acts for.

    Raises `InvalidInput` (`invalid_input`) for a malformed header, and `Forbidden`: `organisation_mismatch` when a
    person names another organisation than the token's, `organisation_required` when a service names none on `/v1`,
    `service_not_allowed` when the table does not let the service do this.
    """
    named = _organisation(request.headers.getlist(HEADER))
    if principal.kind is PrincipalKind.PERSON:
        if named not in (None, principal.organisation_id):
            raise Forbidden("organisation_mismatch", f"{HEADER} is not the organisation of the token.")
        return principal
    route = request.scope["route"]
    if named is None and route.path.startswith("/v1/"):
        raise Forbidden("organisation_required", f"A service names the organisation it acts for in {HEADER}.")
    access: ServiceAccess = request.app.state.service_access
    if not access.allows(principal.subject, route.operation_id or ""):
        raise Forbidden("service_not_allowed", "KOPPEL_SERVICE_ACCESS does not let this service do this.")
    return replace(principal, organisation_id=named)


def _organisation(values: Sequence[str]) -> UUID | None:
    """A UUID in its usual form; the nil UUID is refused."""
    if not values:
        return None
    try:
        organisation = UUID(values[0])
    except ValueError:
        organisation = _NOBODY
    if len(values) > 1 or organisation == _NOBODY or str(organisation) != values[0].lower():
        raise InvalidInput(
            "invalid_input",
            f"{HEADER} is one organisation's id.",
            [FieldError(f"header/{HEADER}", "one UUID, such as 0198c0de-0000-7000-8000-000000000001")],
        )
    return organisation
