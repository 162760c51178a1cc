"""Access tokens for other services. Not for browsers: keep `/internal` off the public gateway."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import ConfigDict, Field, StringConstraints

from connection_svc.application.issue_access_token import Claim, Issued, issue_access_token
from connection_svc.domain.token_life import Demand
from connection_svc.entrypoints.http.context import CallingService, Context, InContext
from koppel.contracts.event import UtcDateTime
from koppel.kernel.errors import Forbidden, KoppelError
from koppel.platform.http import Instant, RequestModel, ResponseModel, problems
from koppel.platform.telemetry import enrich_context, metrics

router = APIRouter(tags=["internal"])

GrantId = Annotated[UUID, Path(description="The login.")]


class AccessTokenRequest(RequestModel):
    """`organisation_id` is the grant's, else it is not found; `rejected_token_sha256`: hex digest of the token that the provider just refused with 401."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"organisation_id": "0198c0de-0000-7000-8000-000000000001"}]}
    )

    organisation_id: UUID = Field(description="The organisation whose grant it is.")
    refresh_if_expires_before: Instant | None = Field(
        default=None,
        description="A token that expires before this instant is refreshed first; null or left out: one that holds a moment longer will do.",
    )
    rejected_token_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = Field(
        default=None,
        description="SHA-256, 64 hex digits, of the token that the provider just refused; it is refreshed unless another holds by now. Null or left out: none was refused.",
    )


class IssuedAccessToken(ResponseModel):
    """An access token of the provider, for a moment."""

    access_token: str = Field(description="The bearer token for the provider; keep it in memory only.")
    expires_at: UtcDateTime = Field(description="Until when it holds.")
    api_base_url: str = Field(description="Where the provider's API is.")
    headers: dict[str, str] = Field(description="What goes with every call besides; can be secret.")
    company: str | None = Field(
        description="The company's id at the provider; null where one login covers many."
    )


@router.post(
    "/internal/v1/grants/{grant_id}/access-token",
    operation_id="borrow",
    responses=problems(
        grant_not_found=404,
        connection_revoked=409,
        reauthorization_required=409,
        refresh_in_progress=503,
        refresh_paused=503,
        token_calls_used_up=503,
        still_in_progress=503,
        service_stopping=503,
        secret_unreadable=503,
    ),
)
async def issue(
    grant_id: GrantId,
    body: AccessTokenRequest,
    response: Response,
    principal: CallingService,
    context: InContext,
) -> IssuedAccessToken:
    """Issue an access token of a grant to a service. It is refreshed first where needed."""
    if principal.organisation_id not in (None, body.organisation_id):
        raise Forbidden("organisation_mismatch", "The header and the body name different organisations.")
    enrich_context(organisation_id=body.organisation_id)
    response.headers["Cache-Control"] = "no-store"
    claim = Claim(body.organisation_id, grant_id)
    issued = await _counted(context, claim, _demand(body), principal.subject)
    return IssuedAccessToken(
        access_token=issued.token.access_token,
        expires_at=issued.token.expires_at,
        api_base_url=issued.token.api_base_url,
        headers=dict(issued.token.headers),
        company=issued.token.company,
    )


def _demand(body: AccessTokenRequest) -> Demand:
    rejected = body.rejected_token_sha256
    return Demand(
        refresh_if_expires_before=body.refresh_if_expires_before,
        rejected_token_sha256=bytes.fromhex(rejected) if rejected else None,
    )


async def _counted(context: Context, claim: Claim, demand: Demand, service: str) -> Issued:
    try:
        issued = await issue_access_token(context.ports, context.refresher, claim, demand, service=service)
    except KoppelError as failure:
        metrics.count("koppel_token_loans_total", provider="unknown", outcome=failure.code)
        raise
    metrics.count("koppel_token_loans_total", provider=issued.provider, outcome="lent")
    return issued
