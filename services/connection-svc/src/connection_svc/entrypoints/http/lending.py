"""Lending access tokens to other services. Not for browsers: keep `/internal` off the public gateway."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, StringConstraints

from connection_svc.application.lend_access_token import Claim, Loan, lend_access_token
from connection_svc.domain.lending import Demand
from connection_svc.entrypoints.http.context import Borrower, Context, InContext
from koppel.contracts.event import UtcDateTime
from koppel.kernel.errors import Forbidden, KoppelError
from koppel.platform.http import RequestModel, ResponseModel
from koppel.platform.telemetry import enrich_context, metrics

router = APIRouter(tags=["internal"])


class AccessTokenRequest(RequestModel):
    """`organisation_id` is the grant's, else it is not found; `rejected_token_sha256`: hex digest of the token that the package just refused with 401."""

    organisation_id: UUID
    refresh_if_expires_before: AwareDatetime | None = None
    rejected_token_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = None


class LentToken(ResponseModel):
    access_token: str
    expires_at: UtcDateTime
    api_base_url: str


@router.post("/internal/v1/grants/{grant_id}/access-token", operation_id="borrow")
async def lend(
    grant_id: UUID,
    body: AccessTokenRequest,
    response: Response,
    principal: Borrower,
    context: InContext,
) -> LentToken:
    if principal.organisation_id not in (None, body.organisation_id):
        raise Forbidden("organisation_mismatch", "The header and the body name different organisations.")
    enrich_context(organisation_id=body.organisation_id)
    response.headers["Cache-Control"] = "no-store"
    claim = Claim(body.organisation_id, grant_id)
    loan = await _counted(context, claim, _demand(body), principal.subject)
    return LentToken(
        access_token=loan.access_token.get_secret_value(),
        expires_at=loan.expires_at,
        api_base_url=loan.api_base_url,
    )


def _demand(body: AccessTokenRequest) -> Demand:
    rejected = body.rejected_token_sha256
    return Demand(
        refresh_if_expires_before=body.refresh_if_expires_before,
        rejected_token_sha256=bytes.fromhex(rejected) if rejected else None,
    )


async def _counted(context: Context, claim: Claim, demand: Demand, borrower: str) -> Loan:
    try:
        loan = await lend_access_token(context.ports, context.refresher, claim, demand, borrower=borrower)
    except KoppelError as failure:
        metrics.count("koppel_token_loans_total", provider="unknown", outcome=failure.code)
        raise
    metrics.count("koppel_token_loans_total", provider=loan.provider, outcome="lent")
    return loan
