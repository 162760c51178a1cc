"""Calls at the sandbox's SnelStart with the token of an administration's key."""

from dataclasses import dataclass
from typing import Any

import httpx
from tests.unit.sandbox.application import Application

SUBSCRIPTION = {"Ocp-Apim-Subscription-Key": "koppel-local-secret"}


@dataclass
class Visit:
    application: Application
    http: httpx.AsyncClient
    company: str
    key: str
    token: str

    @classmethod
    async def begin(cls, application: Application, company: int = 0) -> "Visit":
        told = await application.control("GET", "settings", provider="snelstart")
        held = told["keys"][company]
        visit = cls(application, application.client(), held["company_id"], held["credentials"]["key"], "")
        visit.token = (await visit.mint()).json()["access_token"]
        return visit

    async def mint(self, key: str | None = None) -> httpx.Response:
        form = {"grant_type": "clientkey", "clientkey": self.key if key is None else key}
        return await self.http.post("/snelstart/b2b/token", data=form)

    async def get(self, path: str, subscription: bool = True, **params: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **(SUBSCRIPTION if subscription else {})}
        asked = {f"${name}": value for name, value in params.items()}
        return await self.http.get(f"/snelstart/v2/{path}", headers=headers, params=asked)

    async def change(self, collection: str, **counts: int) -> dict[str, list[str]]:
        order = {"provider": "snelstart", "collection": collection, **counts}
        path = f"companies/{self.company}/changes"
        done: dict[str, list[str]] = await self.application.control("POST", path, order)
        return done

    async def truth(self, collection: str) -> list[dict[str, Any]]:
        path = f"companies/{self.company}/{collection}"
        told = await self.application.control("GET", path, provider="snelstart")
        items: list[dict[str, Any]] = told["items"]
        return items
