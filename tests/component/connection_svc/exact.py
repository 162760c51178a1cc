"""Exact Online as the sandbox plays it, inside the test's process: persons log in at its pages, and its clock moves."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
from tests.unit.sandbox.application import Application

from koppel.kernel.ids import new_id

SANDBOX = "http://sandbox.test/exact_online"
VARIABLES = {
    "EXACT_ONLINE_CLIENT_ID": "koppel-local",
    "EXACT_ONLINE_CLIENT_SECRET": "koppel-local-secret",
    "EXACT_ONLINE_AUTHORIZE_URL": f"{SANDBOX}/api/oauth2/auth",
    "EXACT_ONLINE_TOKEN_URL": f"{SANDBOX}/api/oauth2/token",
    "EXACT_ONLINE_API_BASE_URL": f"{SANDBOX}/api/v1",
}
BELGIAN = {
    name.replace("EXACT_ONLINE_", "EXACT_ONLINE_REGIONS_BE_"): text.replace(SANDBOX, f"{SANDBOX}/be")
    for name, text in VARIABLES.items()
}
SIZES = {"customers": 1, "suppliers": 1, "customerinvoices": 1, "supplierinvoices": 1, "vouchers": 1}
_LOST = httpx.ReadError("the answer never came")


class Exact(httpx.AsyncBaseTransport):
    """The sandbox behind a transport that may lose answers: `losing` is asked of each token call that was made.

    `answers` are given to the next token calls instead of the sandbox's; None lets one through.
    """

    def __init__(self) -> None:
        self._application = Application({"companies": 3, "sizes": SIZES})
        self.person = f"demo-{new_id().hex}"
        self.losing: Callable[[], bool] = lambda: False
        self.answers: list[httpx.Response | None] = []
        self.token_calls = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/token"):
            return await self._application.asgi.handle_async_request(request)
        self.token_calls += 1
        if self.answers and (instead := self.answers.pop(0)) is not None:
            return instead
        answer = await self._application.asgi.handle_async_request(request)
        if self.losing():
            raise _LOST
        return answer

    async def reset(self, **options: Any) -> None:
        body = {"provider": "exact_online", "companies": 3, "sizes": SIZES} | options
        await self.control("POST", "reset", body)

    async def control(self, method: str, path: str, body: object = None) -> Any:
        return await self._application.control(method, path, body, provider="exact_online")

    async def later(self, seconds: float) -> None:
        """Only its own clock moves."""
        await self.control("POST", "clock", {"advance_seconds": seconds})

    async def violations(self) -> dict[str, int]:
        """What Exact would hold against us."""
        counted: dict[str, int] = (await self.control("GET", "ledger"))["violations"]
        return counted

    async def log_in(
        self, authorization_url: str, *, username: str | None = None, without: Sequence[str] = ()
    ) -> str:
        """A person, the test's own unless another is named, goes through the pages; where the browser is sent back to."""
        username = username or self.person
        place = authorization_url.partition("?")[0]
        async with self._application.client() as person:
            page = (await person.get(authorization_url)).text
            transaction = page.partition('name="transaction" value="')[2].partition('"')[0]
            form: dict[str, Any] = {"transaction": transaction, "username": username, "password": username}
            await person.post(f"{place}/login", data=form)
            form = {"transaction": transaction, "decision": "allow", "without": list(without)}
            back: str = (await person.post(f"{place}/consent", data=form)).headers["location"]
        assert urlsplit(back).query
        return back


async def grant_at(exact: Exact, organisation: Any, **person: Any) -> tuple[str, str]:
    """Ids of a new connection and its grant, of a login at Exact."""
    started = await organisation.connect(provider="exact_online")
    back = await organisation.come_back(await exact.log_in(started["authorization_url"], **person))
    assert back["outcome"] == "authorized", back
    return started["id"], (await organisation.get(started["id"]))["grants"][0]["id"]


async def later(exact: Exact, organisation: Any, seconds: float) -> None:
    """Both clocks move."""
    organisation.clock.move(seconds=seconds)
    await exact.later(seconds)
