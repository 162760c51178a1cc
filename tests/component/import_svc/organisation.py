"""An accountancy office that uses import-svc over HTTP."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx

from koppel.contracts.values import Role
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.eventually import eventually
from koppel.testing.tokens import TokenIssuer

from .arrivals import Arrivals, authorized, created

Json = dict[str, Any]


class Organisation:
    """One organisation and one of its persons; `api` answers as the service does."""

    def __init__(
        self, http: httpx.AsyncClient, issuer: TokenIssuer, arrivals: Arrivals, database: Database
    ) -> None:
        self._http = http
        self._database = database
        self._issuer = issuer
        self.arrivals = arrivals
        self.organisation_id = new_id()
        self.user_id = new_id()

    async def api(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        role: Role = Role.BEHEERDER,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        token = self._issuer.person(role, organisation=self.organisation_id, user=self.user_id)
        sent = {"Authorization": f"Bearer {token}"} | dict(headers or {})
        return await self._http.request(method, path, json=body, headers=sent)

    async def connect(self, *grant_ids: UUID) -> UUID:
        connection_id = new_id()
        await self.arrivals.deliver(created(self.organisation_id, connection_id))
        await self.log_in(connection_id, *grant_ids)
        return connection_id

    async def log_in(self, connection_id: UUID, *grant_ids: UUID) -> None:
        await self.arrivals.deliver(
            *(authorized(self.organisation_id, connection_id, each) for each in grant_ids)
        )

    async def start(self, connection_id: UUID) -> str:
        answer = await self.api("POST", "/v1/import-sessions", {"connection_id": str(connection_id)})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def session(self, session_id: str) -> Json:
        answer = await self.api("GET", f"/v1/import-sessions/{session_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def until(self, session_id: str, state: str, *, within: float = 10) -> Json:
        async def reached() -> Json:
            session = await self.session(session_id)
            return session if session["state"] == state else {}

        return await eventually(reached, within=within, what=f"state {state}")

    async def candidates(self, session_id: str) -> list[Json]:
        """All pages."""
        found: list[Json] = []
        path = f"/v1/import-sessions/{session_id}/candidates?limit=200"
        cursor: str | None = ""
        while cursor is not None:
            answer = await self.api("GET", path + (cursor and f"&cursor={cursor}"))
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            cursor = answer.json()["next_cursor"]
        return found

    async def discover(self, connection_id: UUID) -> tuple[str, dict[str, Json]]:
        """A selecting session and its candidates by name."""
        session_id = await self.start(connection_id)
        await self.until(session_id, "selecting")
        return session_id, {each["name"]: each for each in await self.candidates(session_id)}

    async def select(self, session_id: str, candidates: Sequence[Json]) -> httpx.Response:
        ids = [each["id"] for each in candidates]
        return await self.api("PUT", f"/v1/import-sessions/{session_id}/selection", {"candidate_ids": ids})

    async def complete(self, session_id: str, *items: Json) -> httpx.Response:
        return await self.api("PUT", f"/v1/import-sessions/{session_id}/profiles", {"items": items})

    async def confirm(self, session_id: str, **headers: str) -> httpx.Response:
        return await self.api("POST", f"/v1/import-sessions/{session_id}/confirm", headers=headers)

    async def import_all(self, connection_id: UUID) -> list[str]:
        """Import everything that the provider knows enough of; returns the administrations' ids."""
        session_id, candidates = await self.discover(connection_id)
        await self.select(session_id, list(candidates.values()))
        answer = await self.confirm(session_id)
        assert answer.status_code == 202, answer.text
        return [each["id"] for each in answer.json()["administrations"]]

    async def events(self, name: str) -> list[Json]:
        """The office's events of this name, oldest first."""
        async with self._database.system() as connection:
            rows = await connection.fetch(
                "select payload::jsonb as payload from event_log where type = $1 and organisation_id = $2 order by seq",
                f"nl.koppel.{name}.v1",
                self.organisation_id,
            )
        return [row["payload"] for row in rows]

    async def acts_without_conversation(self) -> list[str]:
        async with self._database.system() as connection:
            rows = await connection.fetch(
                "select action from audit_entry where organisation_id = $1 and correlation_id is null",
                self.organisation_id,
            )
        return [row["action"] for row in rows]

    async def audit(self) -> list[str]:
        """The actions of the office's audit trail, oldest first."""
        async with self._database.system() as connection:
            rows = await connection.fetch(
                "select action from audit_entry where organisation_id = $1 order by at, id",
                self.organisation_id,
            )
        return [row["action"] for row in rows]
