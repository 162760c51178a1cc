"""One way to build a service's HTTP application."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from koppel.platform.health import Health
from koppel.platform.http import error_handlers
from koppel.platform.http.any_body import AnyBody
from koppel.platform.http.body_limits import BodyLimits
from koppel.platform.http.docs_page import docs_router
from koppel.platform.http.methods import Methods
from koppel.platform.http.openapi import complete_openapi
from koppel.platform.http.operational import operational_router
from koppel.platform.http.problems import PROBLEM_JSON
from koppel.platform.http.request_boundary import RequestBoundary
from koppel.platform.identity.authenticator import Authenticator
from koppel.platform.identity.service_access import DEFAULT_ACCESS, ServiceAccess

_PROBLEM_REF = {"content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
# FastAPI's own spans and metrics would double ours and carry raw URLs.
_NO_NATIVE_TELEMETRY = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}

AsyncApiSource = Callable[[], Mapping[str, Any]]


def create_app(
    service: str,
    *,
    version: str,
    routers: Sequence[APIRouter],
    authenticator: Authenticator,
    health: Health,
    description: str = "",
    asyncapi: AsyncApiSource | None = None,
    service_access: ServiceAccess = DEFAULT_ACCESS,
) -> FastAPI:
    """An app with our problems, limits, probes, documents and telemetry around the given routers.

    `asyncapi` returns the AsyncAPI document for `/asyncapi.json`. Routes find what they need through
    dependencies; `app.state.authenticator`, `.service_access` and `.health` are set here, the rest by the caller.
    """
    every = [operational_router(health, asyncapi), docs_router(service), *routers]
    app = FastAPI(
        title=service,
        version=version,
        description=description,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[Middleware(RequestBoundary), Middleware(BodyLimits, any_body=AnyBody(every))],
        responses={
            "4XX": {"description": "Refused; `code` says why.", **_PROBLEM_REF},
            "5XX": {"description": "Failed; worth another try.", **_PROBLEM_REF},
        },
        telemetry=_NO_NATIVE_TELEMETRY,  # type: ignore[arg-type]
    )
    app.state.authenticator = authenticator
    app.state.service_access = service_access
    app.state.health = health
    error_handlers.install(app)
    app.state.methods = methods = Methods(every)
    for router in (methods.refusals(), *every):
        app.include_router(router)
    complete_openapi(app)
    return app
