"""An organisation at the running stack: what it asks, what its provider does to it, and what came of it."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import httpx
from tests.bench.organisation import Organisation
from tests.bench.stage import Json, Stage, answered

from koppel_local.stack.stack import Stack

T = TypeVar("T")
LIMIT = 120
"""Calls a minute and endpoint, by the sandbox's own count; sync-svc has nine tenths."""
_OPEN = "select count(*) from sync.sync_run where organisation_id = $1 and state <> 'finished'"
_EVENTS = """
select payload::jsonb as payload from sync.event_log
where type = 'nl.koppel.' || $1 || '.v1' and (organisation_id = $2 or payload::jsonb ->> 'scope' = 'provider')
  and occurred_at > $3
order by seq
"""


@dataclass(slots=True)
class Watched:
    stack: Stack
    stage: Stage
    organisation: Organisation
    sandbox: httpx.AsyncClient
    administrations: list[str] = field(default_factory=list)

    async def arrive(self, companies: Sequence[str]) -> None:
        session = await self.organisation.discover(await self.organisation.connect(companies))
        await self.organisation.complete(session)
        self.administrations = await self.organisation.confirm(session)
        await self.until(self._all_read, within=180)

    async def _all_read(self) -> bool:
        runs = await self.organisation.listed(self.organisation.syncs, "/v1/sync-runs")
        return len([each for each in runs if each["state"] == "finished"]) >= len(self.administrations)

    async def ask(self, administrations: Sequence[str] | None = None, mode: str = "full") -> list[Json]:
        """What the answer says of each."""
        body = {"administration_ids": list(administrations or self.administrations), "mode": mode}
        items = (await answered(self.organisation.syncs.post("/v1/syncs", json=body)))["items"]
        return [dict(each) for each in items]

    async def run_of(self, asked: Json) -> Json:
        """The run that answers the request, once there is one."""
        place = f"/v1/sync-runs?sync_request_id={asked['sync_request_id']}"

        async def found() -> Json | None:
            items = (await answered(self.organisation.syncs.get(place)))["items"]
            return dict(items[0]) if items else None

        return await self.until(found)

    async def order(
        self, kind: str, path: str = "/v2/*", times: int | None = None, **details: object
    ) -> None:
        body = {"kind": kind, "match": {"method": "GET", "path": path}, **details}
        await answered(
            self.sandbox.post("/_sandbox/faults", json=body | ({} if times is None else {"times": times}))
        )

    async def end_faults(self) -> None:
        (await self.sandbox.delete("/_sandbox/faults")).raise_for_status()

    async def calls(self, since: int = 0) -> list[Json]:
        """Of the API, as the sandbox counted them."""
        ledger = await answered(self.sandbox.get(f"/_sandbox/ledger?since={since}"))
        return [each for each in ledger["items"] if str(each.get("path", "")).startswith("/v2/")]

    async def ledger(self) -> Json:
        return await answered(self.sandbox.get("/_sandbox/ledger"))

    async def rows(self, sql: str, *arguments: object) -> list[Json]:
        database = await self.stage.database()
        try:
            return [dict(row) for row in await database.fetch(sql, *arguments)]
        finally:
            await database.close()

    async def events(self, name: str, since: datetime) -> list[Json]:
        """Of the organisation and of providers, later than that."""
        rows = await self.rows(_EVENTS, name, self.organisation.organisation_id, since)
        return [
            row["payload"] if isinstance(row["payload"], dict) else json.loads(row["payload"]) for row in rows
        ]

    async def now(self) -> datetime:
        """By the database's clock."""
        (row,) = await self.rows("select clock_timestamp() as now")
        moment: datetime = row["now"]
        return moment

    async def is_done(self) -> bool:
        """Whether nothing of the organisation waits or works."""
        (row,) = await self.rows(_OPEN, self.organisation.organisation_id)
        return bool(row["count"] == 0)

    async def until(self, condition: Callable[[], Awaitable[T | None]], within: float = 60.0) -> T:
        """What the condition says when it is true. Raises `TimeoutError`."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if (found := await condition()) is not None and found is not False:
                return found
            await asyncio.sleep(0.25)
        raise TimeoutError(f"not within {within} s")
