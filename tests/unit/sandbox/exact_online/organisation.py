"""An office at the sandbox's Exact Online: it logs in, reads, and moves the clock."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from tests.unit.sandbox.application import Application

CALLBACK = "http://127.0.0.1:1/v1/oauth/exact_online/callback"
CLIENT = {"client_id": "koppel-local", "client_secret": "koppel-local-secret"}
SMALL = {
    "companies": 3,
    "sizes": {
        "customers": 30, "suppliers": 10, "customerinvoices": 8, "supplierinvoices": 4, "vouchers": 16, "projects": 3,
    },
}  # fmt: skip


class Organisation(Application):
    """`region` is part of the address, empty for the Netherlands."""

    def __init__(self, options: Mapping[str, object] | None = None) -> None:
        super().__init__(SMALL if options is None else options)

    async def control(self, method: str, path: str, body: object = None, **query: str) -> Any:
        return await super().control(method, path, body, provider="exact_online", **query)

    async def later(self, seconds: int) -> None:
        await self.control("POST", "clock", {"advance_seconds": seconds})

    async def companies(self) -> list[str]:
        return [each["id"] for each in (await self.control("GET", "settings"))["companies"]]

    async def violations(self) -> dict[str, int]:
        counted: dict[str, int] = (await self.control("GET", "ledger"))["violations"]
        return counted

    async def code(
        self, username: str = "demo", *, region: str = "", without: list[str] | None = None
    ) -> str:
        """A person goes through the pages; returns the code."""
        place = f"/exact_online{region}/api/oauth2/auth"
        query = {"client_id": "koppel-local", "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
        async with self.client() as http:
            page = (await http.get(place, params=query)).text
            transaction = page.partition('name="transaction" value="')[2].partition('"')[0]
            form: dict[str, Any] = {"transaction": transaction, "username": username, "password": username}
            await http.post(f"{place}/login", data=form)
            form = {"transaction": transaction, "decision": "allow", "without": without or []}
            location = (await http.post(f"{place}/consent", data=form)).headers["location"]
        answered = parse_qs(urlsplit(location).query)
        assert answered["state"] == ["s"]
        return answered["code"][0]

    async def token(self, *, region: str = "", **form: str) -> httpx.Response:
        async with self.client() as http:
            return await http.post(f"/exact_online{region}/api/oauth2/token", data={**CLIENT, **form})

    async def log_in(
        self, username: str = "demo", *, region: str = "", without: list[str] | None = None
    ) -> dict[str, str]:
        code = await self.code(username, region=region, without=without)
        answer = await self.token(
            region=region, grant_type="authorization_code", code=code, redirect_uri=CALLBACK
        )
        tokens: dict[str, str] = answer.json()
        return tokens

    async def refresh(self, tokens: Mapping[str, str]) -> httpx.Response:
        return await self.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    async def get(self, tokens: Mapping[str, str], path: str, **query: str) -> httpx.Response:
        """`path` below `/api/v1`, or a whole address; names of options without their `$`."""
        headers = {"authorization": f"Bearer {tokens['access_token']}", "accept": "application/json"}
        params = {f"${name}": value for name, value in query.items()} or None
        url = path if path.startswith("http") else f"/exact_online/api/v1/{path}"
        async with self.client() as http:
            return await http.get(url, headers=headers, params=params)

    async def pages(self, tokens: Mapping[str, str], path: str, **query: str) -> list[list[dict[str, Any]]]:
        """Every page of a list, to its end."""
        found: list[list[dict[str, Any]]] = []
        url: str | None = path
        while url is not None:
            answer = await self.get(tokens, url, **({} if found else query))
            assert answer.status_code == 200, answer.text
            d = answer.json()["d"]
            found.append(d if isinstance(d, list) else d["results"])
            url = None if isinstance(d, list) else d.get("__next")
        return found
