"""The ASGI application."""

from starlette.applications import Starlette
from starlette.types import ASGIApp

from koppel_sandbox.provider import Provider
from koppel_sandbox.web.authorize import Authorize
from koppel_sandbox.web.control import Control
from koppel_sandbox.web.gateway import Gateway
from koppel_sandbox.web.token import TokenEndpoint


def build_app(provider: Provider) -> ASGIApp:
    routes = [
        *Authorize(provider).routes(),
        *TokenEndpoint(provider).routes(),
        *Control(provider).routes(),
    ]
    return Gateway(Starlette(routes=routes), provider)
