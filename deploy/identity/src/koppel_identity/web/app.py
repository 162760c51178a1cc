"""The ASGI application: what there is, put together, and its routes."""

import sqlite3
from collections.abc import Collection
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from koppel_identity.directory.directory import Directory
from koppel_identity.directory.services import Services
from koppel_identity.instants import Clock
from koppel_identity.issuer import Issuer
from koppel_identity.store.attempts import Attempts
from koppel_identity.store.codes import Codes
from koppel_identity.store.devices import Devices
from koppel_identity.store.logins import Logins
from koppel_identity.store.organisations import Organisations
from koppel_identity.web.authorize import Authorize
from koppel_identity.web.device import DevicePages
from koppel_identity.web.guard import Guard
from koppel_identity.web.login import LoginPages
from koppel_identity.web.metadata import Metadata
from koppel_identity.web.pages import Pages
from koppel_identity.web.sessions import Sessions
from koppel_identity.web.tokens import Tokens

_STYLE = Path(__file__).parent / "style.css"


def build_app(
    issuer: Issuer,
    database: sqlite3.Connection,
    services: Services,
    clock: Clock,
    *,
    hosts: Collection[str] = (),
) -> ASGIApp:
    """`hosts`: names that it may be called by beside loopback ones."""
    pages, attempts, logins = Pages(), Attempts(database, clock), Logins(database, clock)
    codes, devices = Codes(database, clock, logins), Devices(database, clock, logins)
    device = DevicePages(issuer=issuer, attempts=attempts, devices=devices, pages=pages, clock=clock)
    directory = Directory(Organisations(database), services)
    tokens = Tokens(issuer=issuer, logins=logins, codes=codes, devices=devices, directory=directory)
    sessions = Sessions(issuer, logins, pages)
    metadata = Metadata(issuer, hosts)
    login = LoginPages(
        issuer=issuer,
        attempts=attempts,
        logins=logins,
        codes=codes,
        devices=devices,
        directory=directory,
        pages=pages,
    )
    routes = [
        Route("/livez", _alive),
        Route("/readyz", _alive),
        Route("/style.css", _style),
        Route("/.well-known/openid-configuration", metadata.discovery),
        Route("/.well-known/oauth-authorization-server", metadata.discovery),
        Route("/oauth/jwks", metadata.keys),
        Route("/oauth/authorize", Authorize(issuer, attempts, pages).begin),
        Route("/oauth/token", tokens.answer, methods=["POST"]),
        Route("/oauth/device_authorization", device.issue, methods=["POST"]),
        Route("/oauth/userinfo", sessions.userinfo, methods=["GET", "POST"]),
        Route("/oauth/revoke", sessions.revoke, methods=["POST"]),
        Route("/oauth/end_session", sessions.end, methods=["GET", "POST"]),
        Route("/", _front),
        Route("/device", device.ask),
        Route("/device", device.enter, methods=["POST"]),
        Route("/login/{attempt}", login.show),
        Route("/login/{attempt}/person", login.choose_person, methods=["POST"]),
        Route("/login/{attempt}/organisation", login.make_organisation, methods=["POST"]),
        Route("/login/{attempt}/operator", login.be_operator, methods=["POST"]),
        Route("/login/{attempt}/cancel", login.cancel, methods=["POST"]),
    ]
    return Guard(Starlette(routes=routes), issuer.name, hosts)


async def _alive(request: Request) -> Response:
    del request
    return PlainTextResponse("ok\n")


async def _front(request: Request) -> Response:
    """Who types the address by hand holds a code of the command line; other logins begin at an application."""
    del request
    return RedirectResponse("/device", 303)


async def _style(request: Request) -> Response:
    del request
    return FileResponse(_STYLE, media_type="text/css", headers={"cache-control": "public, max-age=3600"})
