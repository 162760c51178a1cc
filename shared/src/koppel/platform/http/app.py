"""One way to build a service's HTTP application."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from starlette.types import Lifespan

from koppel.platform.health import Health
from koppel.platform.http import acting, error_handlers
from koppel.platform.http.body_limits import BodyLimits
from koppel.platform.http.idempotency import HEADER
from koppel.platform.http.operational import operational_router
from koppel.platform.http.problems import PROBLEM_JSON, Problem
from koppel.platform.http.request_boundary import RequestBoundary
from koppel.platform.identity.authenticator import Authenticator
from koppel.platform.identity.service_access import DEFAULT_ACCESS, ServiceAccess

_IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same key with the same request gets the same answer; with another request 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_ORGANISATION = {
    "name": acting.HEADER,
    "in": "header",
    "required": False,
    "description": "The organisation that a service acts for; a service's token must name one, a person's need not.",
    "schema": {"type": "string", "format": "uuid"},
}
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
    lifespan: Lifespan[FastAPI] | None = None,
    service_access: ServiceAccess = DEFAULT_ACCESS,
) -> FastAPI:
    """An app with our problems, limits, probes, documents and telemetry around the given routers.

    `asyncapi` returns the AsyncAPI document for `/asyncapi.json`. Routes find what they need through
    dependencies; `app.state.authenticator`, `.service_access` and `.health` are set here, the rest by the caller.
    """
    app = FastAPI(
        title=service,
        version=version,
        description=description,
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[Middleware(RequestBoundary), Middleware(BodyLimits)],
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
    app.include_router(operational_router(health, asyncapi))
    for router in routers:
        app.include_router(router)
    _complete_openapi(app)
    return app


def _complete_openapi(app: FastAPI) -> None:
    """Add what the routes do not say themselves: the problem's shape, the key of creating calls, for whom a call acts."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            document = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas |= schema.pop("$defs") | {"Problem": schema}
            for path, item in document["paths"].items():
                if "201" in item.get("post", {}).get("responses", {}):
                    item["post"].setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
                for operation in item.values() if path.startswith("/v1/") else ():
                    if "security" in operation:
                        operation.setdefault("parameters", []).append(_ORGANISATION)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
