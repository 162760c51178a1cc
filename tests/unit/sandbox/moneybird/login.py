"""A login at the sandbox's Moneybird, and calls with its token."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from tests.unit.sandbox.application import Application

CLIENT = {"client_id": "koppel-local", "client_secret": "koppel-local-secret"}
CALLBACK = "http://127.0.0.1:1/v1/oauth/moneybird/callback"
SCOPE = "sales_invoices documents settings"


async def tokens(http: httpx.AsyncClient, username: str = "demo", scope: str = SCOPE) -> dict[str, Any]:
    """What a login's code is exchanged for."""
    query = {"client_id": "koppel-local", "redirect_uri": CALLBACK, "response_type": "code", "scope": scope}
    page = await http.get("/moneybird/oauth/authorize", params={**query, "state": "s-1"})
    transaction = page.text.partition('name="transaction" value="')[2].partition('"')[0]
    form = {"transaction": transaction, "username": username, "password": username, "decision": "allow"}
    await http.post("/moneybird/oauth/authorize/login", data=form)
    back = await http.post("/moneybird/oauth/authorize/consent", data=form)
    given = parse_qs(urlsplit(back.headers["location"]).query)
    assert given["state"] == ["s-1"]
    asked = {"grant_type": "authorization_code", "code": given["code"][0], "redirect_uri": CALLBACK, **CLIENT}
    answer = await http.post("/moneybird/oauth/token", data=asked)
    assert answer.status_code == 200
    held: dict[str, Any] = answer.json()
    return held


@dataclass
class Visit:
    """A client whose calls carry a token; `company` is the first administration."""

    application: Application
    http: httpx.AsyncClient
    company: str
    tokens: dict[str, Any]

    @classmethod
    async def begin(
        cls, application: Application, username: str = "demo", scope: str = SCOPE, company: int = 0
    ) -> "Visit":
        http = application.client()
        told = await application.control("GET", "settings", provider="moneybird")
        return cls(application, http, told["companies"][company]["id"], await tokens(http, username, scope))

    async def get(self, path: str, **params: str) -> httpx.Response:
        return await self.send("GET", f"/{self.company}/{path}", params=params)

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return await self.http.request(method, f"/moneybird/api/v2{path}", headers=headers, **options)

    async def change(self, collection: str, **counts: int) -> dict[str, list[str]]:
        order = {"provider": "moneybird", "collection": collection, **counts}
        done: dict[str, list[str]] = await self.application.control(
            "POST", f"companies/{self.company}/changes", order
        )
        return done
