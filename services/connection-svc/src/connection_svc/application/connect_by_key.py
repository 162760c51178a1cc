"""Connecting with a key that a person pastes: checked by one call at the provider before anything is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr

from connection_svc.application.create_connection import insert_connection
from connection_svc.application.login_result import Brought
from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.application.store_grant import store
from connection_svc.domain.connection import Connection, Grant, GrantState
from connection_svc.domain.provider import At, PastedField
from koppel.kernel.errors import FieldError, InvalidInput, KoppelError, Transient
from koppel.kernel.ids import new_id

_REFUSED = frozenset({"grant_invalid", "provider_unauthorized", "permission_denied", "company_unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """Whose key it is, and where it is for. `grant_id` renews that grant."""

    organisation_id: UUID
    at: At
    by: UUID | None
    grant_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOwner:
    """Whose grant a key becomes."""

    organisation_id: UUID
    connection_id: UUID
    at: At
    started_by: str


async def check_key(ports: Ports, pasted: Pasted, values: Mapping[str, str]) -> Brought:
    """One token for the key, and whose books it opens; nothing is stored.

    Raises `InvalidInput` (`credentials_not_taken`, `credentials_malformed`, `credentials_refused`), or `Transient`.
    """
    fields = ports.providers.describe(pasted.at.provider).fields
    if fields is None:
        raise _invalid("credentials_not_taken", "People log in at this provider; give a return URL.")
    _check_shape(fields, values)
    sealer = await ports.vault.sealer(pasted.organisation_id)
    endpoints, whose = ports.providers.endpoints(pasted.at), pasted.grant_id or new_id()
    try:
        async with ports.providers.calls(pasted.at.provider, pasted.organisation_id, whose) as calls:
            await calls.reserve(renews=pasted.grant_id is not None)
            issued = await calls.exchange_key(
                pasted.at, {name: SecretStr(text) for name, text in values.items()}
            )
            ports.refused_clients.forget(pasted.at)
            company = await calls.company(endpoints, issued.access_token)
    except KoppelError as failure:
        if failure.code in _REFUSED:
            raise _invalid("credentials_refused", "The provider does not accept these.") from None
        raise Transient(
            failure.code, failure.detail, retry_after=getattr(failure, "retry_after", None)
        ) from None
    return Brought(issued, company, sealer)


async def create_by_key(
    ports: Ports, tx: Transaction, pasted: Pasted, name: str | None, brought: Brought
) -> tuple[Connection, Grant]:
    """A new connection that is active at once."""
    by = _person(pasted)
    connection = await insert_connection(
        ports, tx, provider=pasted.at.provider, name=name, region=pasted.at.region, by=by
    )
    grant = await store(ports, tx, _owner(connection, pasted), brought, None)
    return connection, grant


async def authorize_by_key(
    ports: Ports, tx: Transaction, connection: Connection, pasted: Pasted, brought: Brought
) -> Grant:
    """One more key of a locked connection, or another for the same company.

    Raises `grant_not_found` and `company_mismatch` for the field.
    """
    target = await renewed_grant(tx, connection, pasted, brought)
    return await store(ports, tx, _owner(connection, pasted), brought, target)


async def renewed_grant(
    tx: Transaction, connection: Connection, pasted: Pasted, brought: Brought
) -> Grant | None:
    """The grant that the key renews: the one that was asked for, else the one of the same company; None: a new one.

    Raises `grant_not_found`, `company_mismatch`.
    """
    company = None if brought.company is None else brought.company.external_id
    if pasted.grant_id is None:
        return await tx.grants.of_company(connection.id, company) if company else None
    grant = await tx.grants.lock(pasted.grant_id)
    if grant is None or grant.connection_id != connection.id or grant.state is GrantState.REVOKED:
        raise InvalidInput(
            "grant_not_found",
            "The connection has no such grant.",
            [FieldError("/grant_id", "no grant of this connection")],
        )
    if grant.company is not None and grant.company.external_id != company:
        raise _invalid("company_mismatch", "The key opens another company than before.")
    return grant


def _person(pasted: Pasted) -> UUID:
    if pasted.by is None:
        raise ValueError("somebody pasted it")
    return pasted.by


def _owner(connection: Connection, pasted: Pasted) -> KeyOwner:
    return KeyOwner(
        organisation_id=connection.organisation_id,
        connection_id=connection.id,
        at=connection.at,
        started_by=str(pasted.by),
    )


def _check_shape(fields: tuple[PastedField, ...], values: Mapping[str, str]) -> None:
    longest = {field.name: field.longest for field in fields}
    wrong = [
        FieldError(f"/credentials/{name[:50]}", "not known here", "extra_forbidden")
        for name in values
        if name not in longest
    ]
    wrong += [
        FieldError(f"/credentials/{name}", f"1 to {most} characters")
        for name, most in longest.items()
        if not 0 < len(values.get(name, "").strip()) <= most
    ]
    if wrong:
        raise InvalidInput(
            "credentials_malformed", "What was pasted cannot be a key of this provider.", wrong
        )


def _invalid(code: str, detail: str) -> InvalidInput:
    return InvalidInput(code, detail, [FieldError("/credentials", detail)])
