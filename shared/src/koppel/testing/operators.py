"""An operator who calls a service's application in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.tokens import TokenIssuer

_READS = "select organisation_id, target from audit_entry where action = 'organisation.read' and actor = $1 order by id"


class AnOperator:
    """Somebody of an organisation of their own, with the right `operator`."""

    def __init__(self, http: httpx.AsyncClient, database: Database, user: UUID) -> None:
        self.http = http
        self._database = database
        self._user = user

    async def get(self, path: str, **query: Any) -> Any:
        """The parsed answer; an `httpx.HTTPStatusError` for a refusal."""
        return (await self.http.get(f"/ops/v1/{path}", params=query)).raise_for_status().json()

    async def refusal(self, path: str, **query: Any) -> tuple[int, str]:
        """Status and code."""
        answer = await self.http.get(f"/ops/v1/{path}", params=query)
        return answer.status_code, answer.json()["code"]

    async def every(self, path: str, **query: Any) -> list[Any]:
        """The items of all pages, one a page."""
        items: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(path, limit=1, **query, **cursor)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = {"cursor": page["next_cursor"]}

    async def reads(self) -> list[tuple[UUID, str]]:
        """Whose things they read by which route, as the audit trail has it."""
        async with self._database.system() as connection:
            rows = await connection.fetch(_READS, f"person:{self._user}")
        return [(row["organisation_id"], row["target"]) for row in rows]


@asynccontextmanager
async def operator_at(
    app: FastAPI, issuer: TokenIssuer, database: Database, *rights: str
) -> AsyncIterator[AnOperator]:
    """With the right `operator`, or with those that are given instead."""
    user = new_id()
    token = issuer.person(user=user, rights=rights or ("operator",))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://operators.test",
        headers={"Authorization": f"Bearer {token}"},
    ) as http:
        yield AnOperator(http, database, user)
