"""The application: the perimeter, the screens of the table, and what they are made of."""

from collections.abc import Mapping, Sequence

import httpx
from fastapi import FastAPI
from starlette.middleware import Middleware

from koppel.platform.health import Health
from koppel.platform.http.operational import operational_router
from koppel.platform.http.request_boundary import RequestBoundary
from koppel_console import assets, failures
from koppel_console.login import routes as login_routes
from koppel_console.login.issuer import Issuer
from koppel_console.login.renewal import Renewal
from koppel_console.login.rounds import Rounds
from koppel_console.own_urls import OwnUrls
from koppel_console.pages.rendering import Pages
from koppel_console.pages.screen import Screen
from koppel_console.parts import Parts
from koppel_console.perimeter import Perimeter
from koppel_console.screens import SCREENS
from koppel_console.services.remembered import Remembered
from koppel_console.session.cookies import Cookies
from koppel_console.session.seal import Seal

_NO_NATIVE_TELEMETRY = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}


def parts_of(
    *, urls: OwnUrls, seal: Seal, issuer: Issuer, http: httpx.AsyncClient, services: Mapping[str, str]
) -> Parts:
    """The console's parts; `http` is the client that the services are called with."""
    menu = [{"part": each.part, "words": each.menu, "path": each.path} for each in SCREENS if each.menu]
    return Parts(
        urls=urls,
        seal=seal,
        cookies=Cookies(seal, secure=urls.secure),
        issuer=issuer,
        rounds=Rounds(seal),
        renewal=Renewal(issuer),
        http=http,
        services=services,
        remembered=Remembered(),
        pages=Pages(urls, menu),
    )


def build_app(parts: Parts, health: Health, screens: Sequence[Screen] = SCREENS) -> FastAPI:
    """The console's HTTP application."""
    app = FastAPI(
        title="koppel-console",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(RequestBoundary),
            Middleware(Perimeter, urls=parts.urls, error_page=failures.error_page),
        ],
        telemetry=_NO_NATIVE_TELEMETRY,  # type: ignore[arg-type]
    )
    app.state.parts = parts
    failures.install(app)
    routers = [operational_router(health, None), assets.router, login_routes.router]
    for router in (*routers, *(screen.router for screen in screens)):
        app.include_router(router)
    return app
