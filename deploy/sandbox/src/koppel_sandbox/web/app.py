"""The ASGI application."""

from starlette.applications import Starlette
from starlette.types import ASGIApp

from koppel_sandbox.control.routes import Control
from koppel_sandbox.sandbox import Sandbox
from koppel_sandbox.web.gateway import Gateway


def build_app(sandbox: Sandbox) -> ASGIApp:
    return Gateway(Starlette(routes=Control(sandbox).routes()), sandbox)
