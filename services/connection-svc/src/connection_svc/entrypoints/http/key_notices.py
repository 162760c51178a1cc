"""Where providers tell of keys. Anybody can call it, so it says nothing and believes nothing."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from connection_svc.entrypoints.http.context import InContext
from koppel.platform.http import takes_any_body
from koppel.platform.telemetry import metrics

router = APIRouter(tags=["login"])

ProviderId = Annotated[str, Path(description="Id of the provider.")]

_LONGEST = 8192
"""Bytes; a longer notice is none."""

_EXAMPLE = {"KoppelSleutel": "…", "ActionType": "Create", "ReferenceKey": "…"}


@router.post(
    "/v1/key-notices/{provider}",
    operation_id="notice_key",
    status_code=202,
    response_class=Response,
    openapi_extra=takes_any_body(
        _LONGEST, what="What the provider tells, in its own form.", example=_EXAMPLE
    ),
)
async def notice(request: Request, provider: ProviderId, context: InContext) -> Response:
    """Take a provider's notice of a key. It proves nothing: the key that came is tried at the provider, for the activation link that it names."""
    body = await request.body()
    outcome = "unreadable" if len(body) > _LONGEST else await context.inbox.take(provider, body)
    metrics.count("koppel_key_notices_total", outcome=outcome)
    return Response(status_code=202)
