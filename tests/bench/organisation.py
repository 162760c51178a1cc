"""An accountancy organisation that connects and imports through the public calls: preparation, and the work measured."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Self, TypeVar
from uuid import UUID

import httpx
from tests.bench.login import log_in
from tests.bench.stage import Json, Stage, answered

from koppel.kernel.ids import new_id

RETURN_URL = "http://127.0.0.1:3000/connections"
_POLL = 0.02
_BROWSER_SECONDS = 60.0
_LARGEST_PAGE = 200
_CONCURRENT = 4

T = TypeVar("T")


@dataclass(slots=True)
class Organisation:
    """One organisation with one beheerder. Use as a context manager: it closes its connections."""

    stage: Stage
    organisation_id: UUID = field(default_factory=new_id)
    beheerder: UUID = field(default_factory=new_id)
    connections: httpx.AsyncClient = field(init=False)
    imports: httpx.AsyncClient = field(init=False)
    assignments: httpx.AsyncClient = field(init=False)
    syncs: httpx.AsyncClient = field(init=False)
    browser: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        token = self.stage.person_token(self.beheerder, self.organisation_id)
        self.connections = self.stage.client("connection-svc", token)
        self.imports = self.stage.client("import-svc", token)
        self.assignments = self.stage.client("assignment-svc", token)
        self.syncs = self.stage.client("sync-svc", token)
        self.browser = httpx.AsyncClient(timeout=_BROWSER_SECONDS, trust_env=False)

    async def __aenter__(self) -> Self:
        person = {"name": "Marieke Lindeboom", "email": "marieke@kantoor.example", "role": "beheerder"}
        await answered(self.assignments.put(f"/v1/users/{self.beheerder}", json=person))
        return self

    async def __aexit__(self, *_: object) -> None:
        for http in (self.connections, self.imports, self.assignments, self.syncs, self.browser):
            await http.aclose()

    async def connect(self, companies: Sequence[str], said: Callable[[int], None] = lambda _: None) -> str:
        """A connection with a login for each company; returns its id. `said` hears how many are done."""
        body = {"provider": "eaccounting", "name": "Kantoor", "return_url": RETURN_URL}
        created = await answered(self.connections.post("/v1/connections", json=body))
        connection_id: str = created["id"]
        await log_in(self.browser, created["authorization_url"], companies[0])
        done = 1

        async def another(company: str) -> None:
            nonlocal done
            place = f"/v1/connections/{connection_id}/authorizations"
            round_ = await answered(self.connections.post(place, json={"return_url": RETURN_URL}))
            await log_in(self.browser, round_["authorization_url"], company)
            done += 1
            said(done)

        await run_concurrently(another, companies[1:], _CONCURRENT)
        return connection_id

    async def grants(self, connection_id: str) -> list[str]:
        """Ids of the connection's grants."""
        seen = await answered(self.connections.get(f"/v1/connections/{connection_id}"))
        return [each["id"] for each in seen["grants"]]

    async def discover(self, connection_id: str) -> str:
        """An import session whose discovery is done; returns its id."""
        started = await answered(
            self.imports.post("/v1/import-sessions", json={"connection_id": connection_id})
        )
        session: str = started["id"]
        state = "discovering"
        while state == "discovering":
            await asyncio.sleep(_POLL)
            state = (await answered(self.imports.get(f"/v1/import-sessions/{session}")))["state"]
        if state != "selecting":
            raise RuntimeError(f"discovery ended as {state}")
        return session

    async def complete(self, session: str) -> None:
        """Everything selected, each with a profile."""
        place = f"/v1/import-sessions/{session}"
        found = await self.listed(self.imports, f"{place}/candidates")
        ids = [each["id"] for each in found]
        await answered(self.imports.put(f"{place}/selection", json={"candidate_ids": ids}))
        items = [{"candidate_id": each["id"], **_profile(each)} for each in found]
        await answered(self.imports.put(f"{place}/profiles", json={"items": items}))

    async def confirm(self, session: str) -> list[str]:
        """Import; returns the administrations' ids."""
        confirmed = await answered(self.imports.post(f"/v1/import-sessions/{session}/confirm"))
        return [each["id"] for each in confirmed["administrations"]]

    async def await_assigned(self, count: int) -> None:
        """Until the beheerder sees that many administrations."""
        place = f"/v1/users/{self.beheerder}/administrations"
        while True:
            if len(await self.listed(self.assignments, place)) == count:
                return
            await asyncio.sleep(_POLL)

    async def remove(self, administration_ids: Sequence[str]) -> None:
        """Take them out of the organisation."""

        async def one(administration_id: str) -> None:
            (await self.imports.delete(f"/v1/administrations/{administration_id}")).raise_for_status()

        await run_concurrently(one, administration_ids, _CONCURRENT)

    async def listed(self, http: httpx.AsyncClient, path: str) -> list[Json]:
        """Every item of a list, page by page."""
        items: list[Json] = []
        query: dict[str, str | int] = {"limit": _LARGEST_PAGE}
        while True:
            page = await answered(http.get(path, params=query))
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            query["cursor"] = page["next_cursor"]


async def run_concurrently(work: Callable[[T], Awaitable[None]], items: Sequence[T], at_once: int) -> None:
    """Do the work for every item, that many at a time."""
    left = iter(items)

    async def worker() -> None:
        for item in left:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(items))):
            group.create_task(worker())


def _profile(candidate: Json) -> Json:
    if candidate["kvk_number"]:
        return {"kvk_number": candidate["kvk_number"]}
    return {"no_kvk_reason": "no_company", "sector": {"sbi_version": "2025", "code": "N"}}
