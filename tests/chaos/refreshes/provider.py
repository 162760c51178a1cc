"""A provider's token endpoint whose refresh tokens work once, as a server that processes may call."""

import base64
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from koppel.platform.runner import HttpPart


class Played(Protocol):
    """A provider that grants of the test are at. `live` are the refresh tokens that work, and whose each is."""

    url: str

    @property
    def id(self) -> str: ...
    @property
    def region(self) -> str | None: ...
    @property
    def variables(self) -> Mapping[str, str]: ...
    @property
    def live(self) -> Mapping[str, str]: ...

    def gives(self, grant_id: str) -> str:
        """A refresh token that works."""
        ...

    def time(self) -> datetime | None:
        """By its own clock; None when it does not say."""
        ...

    def later(self, seconds: float) -> None:
        """Time passes there."""
        ...

    def serving(self) -> AbstractAsyncContextManager[None]: ...


class OneUseProvider:
    """Takes a refresh at any time."""

    id = "eaccounting"
    region = None

    def __init__(self) -> None:
        self.url = ""
        self.live: dict[str, str] = {}

    @property
    def variables(self) -> Mapping[str, str]:
        return {
            "EACCOUNTING_CLIENT_ID": "koppel",
            "EACCOUNTING_CLIENT_SECRET": "secret",
            "EACCOUNTING_TOKEN_URL": f"{self.url}/token",
            "EACCOUNTING_REVOCATION_URL": f"{self.url}/revocation",
        }

    def time(self) -> None:
        """It does not say."""

    def later(self, seconds: float) -> None:
        """Time changes nothing here."""

    def gives(self, grant_id: str) -> str:
        token = f"refresh-{secrets.token_urlsafe(24)}"
        self.live[token] = grant_id
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
