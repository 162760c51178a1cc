"""An provider's token endpoint whose refresh tokens work once, as a server that processes may call."""

import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from koppel.platform.runner import HttpPart


class OneUseProvider:
    """`live` are the refresh tokens that work now, and whose each is."""

    def __init__(self) -> None:
        self.url = ""
        self.live: dict[str, str] = {}

    def gives(self, company: str) -> str:
        token = f"refresh-{secrets.token_urlsafe(24)}"
        self.live[token] = company
        return token

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        routes = [
            Route("/token", self._token, methods=["POST"]),
            Route("/revocation", self._revocation, methods=["POST"]),
        ]
        server = HttpPart(Starlette(routes=routes), "127.0.0.1", 0, drain_seconds=1)
        await server.start()
        self.url = f"http://127.0.0.1:{server.port}"
        try:
            yield
        finally:
            await server.stop()

    async def _token(self, request: Request) -> Response:
        async with request.form() as form:
            company = self.live.pop(str(form["refresh_token"]), None)
        if company is None:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        access = base64.urlsafe_b64encode(secrets.token_bytes(24)).decode()
        body = {"access_token": access, "expires_in": 3600, "token_type": "Bearer"}
        return JSONResponse(body | {"refresh_token": self.gives(company)})

    async def _revocation(self, request: Request) -> Response:
        async with request.form() as form:
            self.live.pop(str(form["token"]), None)
        return Response()
