"""`/ops/v1/audit`: who did what to what."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from koppel.contracts.values import AUDIT_ACTOR
from koppel.platform.audit import AuditFilter, audit_entries
from koppel.platform.http import Instant, Page, PageQuery, ResponseModel, paginate
from koppel.platform.operations.access import OPERATORS_ONLY, Ops

router = APIRouter(tags=["operations"], dependencies=[OPERATORS_ONLY])


class AuditEntry(ResponseModel):
    """An act, or the first of an operator's reads of an office by a route in fifteen minutes (`organisation.read`)."""

    id: UUID = Field(description="The row.")
    organisation_id: UUID | None = Field(description="The office that it is about; null: none, or several.")
    actor: str = Field(description=f"Who did it. {AUDIT_ACTOR}")
    action: str = Field(description="What was done, such as `connection.created`.")
    target: str = Field(description="What it was done to, such as `connection/<id>`, or the route of a read.")
    reason: str | None = Field(description="Why, as they wrote it, or a code; null: none was given.")
    correlation_id: UUID | None = Field(
        description="What it belongs to: the id that its events carry, too; null: nothing."
    )
    at: datetime = Field(description="When.")


@router.get("/ops/v1/audit", operation_id="list_audit")
async def list_audit(
    page: PageQuery,
    ops: Ops,
    *,
    actor: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=250,
            description="Only acts of this one, such as `person:<id>`; of a person the id alone will do; left out: all.",
        ),
    ] = None,
    action: Annotated[
        str | None, Query(min_length=1, max_length=100, description="Only this action; left out: all.")
    ] = None,
    target: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=1_000,
            description="Only what was done to this: `connection/<id>`, or the id alone; left out: all.",
        ),
    ] = None,
    organisation_id: Annotated[
        UUID | None, Query(description="Only what is about this office; left out: all.")
    ] = None,
    since: Annotated[
        Instant | None, Query(description="Only from this moment on; left out: all that is kept.")
    ] = None,
) -> Page[AuditEntry]:
    """List who did what at this service. Newest first."""
    before = page.after(UUID)
    which = AuditFilter(_spelled(actor), action, target, since)
    database = ops.database
    scope = database.system() if organisation_id is None else database.transaction(organisation_id)
    async with scope as connection:
        rows = await audit_entries(connection, which, before and before[0], page.fetch)
    return paginate(
        rows, page, item=lambda row: AuditEntry.model_validate(dict(row)), key=lambda row: (row["id"],)
    )


def _spelled(actor: str | None) -> str | None:
    """The audit trail's own spelling of a person."""
    try:
        return actor and f"person:{UUID(actor)}"
    except ValueError:
        return actor
