"""Exact Online as the sandbox plays it, as a server that processes may call; its clock moves when it is told."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from koppel.platform.runner import HttpPart
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import SECOND
from koppel_sandbox.providers.exact_online.oauth.chains import new_chain
from koppel_sandbox.sandbox import Sandbox, Stand
from koppel_sandbox.web.app import build_app

_CLIENT, _REDIRECT = "koppel-local", "http://127.0.0.1:1/back"
_SIZES = {"customers": 1, "suppliers": 1, "customerinvoices": 1, "supplierinvoices": 1, "vouchers": 1}


class Exact:
    """`patience` is for how many seconds a used refresh token works again, which Exact does not say."""

    id = "exact_online"
    region = "nl"

    def __init__(self, *, patience: int = 0) -> None:
        own: dict[str, JsonObject] = {self.id: {"used_refresh_token_seconds": patience}}
        self._sandbox = Sandbox({"companies": 1, "sizes": _SIZES}, own=own)
        self.url = ""

    @property
    def _stand(self) -> Stand:
        return self._sandbox.stands[self.id]

    @property
    def _chains(self) -> Any:
        provider: Any = self._stand.provider
        return provider._state.chains

    @property
    def variables(self) -> Mapping[str, str]:
        return {
            "EXACT_ONLINE_CLIENT_ID": _CLIENT,
            "EXACT_ONLINE_CLIENT_SECRET": "koppel-local-secret",
            "EXACT_ONLINE_AUTHORIZE_URL": f"{self.url}/exact_online/api/oauth2/auth",
            "EXACT_ONLINE_TOKEN_URL": f"{self.url}/exact_online/api/oauth2/token",
            "EXACT_ONLINE_API_BASE_URL": f"{self.url}/exact_online/api/v1",
        }

    @property
    def violations(self) -> dict[str, int]:
        """What Exact would hold against us."""
        return self._stand.ledger.violations

    @property
    def live(self) -> dict[str, str]:
        """Refresh tokens that work once it is time, and whose each is: those that were not used, of chains that live."""
        return {
            token: self._chains._chains[held.chain_id].username.removeprefix("demo-")
            for token, held in self._chains._refresh.items()
            if held.used_at is None and not self._chains._chains[held.chain_id].is_dead
        }

    def gives(self, grant_id: str) -> str:
        """The refresh token of a login by a person of the grant's own."""
        chain = new_chain(self.region, _CLIENT, f"demo-{grant_id}", ())
        code = self._chains.authorize(chain, _REDIRECT)
        token: str = self._chains.exchange(_CLIENT, self.region, code, _REDIRECT).refresh_token
        return token

    def time(self) -> datetime:
        return datetime.fromtimestamp(self._stand.clock() / SECOND, UTC)

    def later(self, seconds: float) -> None:
        self._stand.clock.advance(round(seconds * SECOND))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        server = HttpPart(build_app(self._sandbox), "127.0.0.1", 0, drain_seconds=1)
        server._server.config.date_header = False  # the sandbox tells the time by its own clock
        await server.start()
        self.url = f"http://127.0.0.1:{server.port}"
        try:
            yield
        finally:
            await server.stop()
