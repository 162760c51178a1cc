"""One run of processes: its database and topics, the crew, waiting until all is done, the judgement."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg
from tests.chaos.rig.checker import Broken, Violation, demand
from tests.chaos.rig.contract import SCHEMA, control_topic, group_of, use_topics
from tests.chaos.rig.crew import Crew, Zygote, crew
from tests.chaos.rig.evidence import Committed, Evidence
from tests.chaos.rig.history import finished, read_histories
from tests.chaos.rig.ledger import TABLES, Ledger
from tests.chaos.rig.reading import create_topics
from tests.chaos.rig.schedule import LONG
from tests.chaos.rig.servers import Place

from koppel.contracts.replay_topic import replay_topic_name
from koppel.testing.databases import service_database

STANDS_STILL = 60.0
"""Seconds without any progress after the last fault."""
NEVER = 600.0
"""Seconds in all, in the long tier."""
HEALS_WITHIN = 90.0
"""Seconds from the last fault until nothing is left to do: the bound of the short tier, and what a long run's table tells."""


@dataclass(slots=True)
class Run:
    group: str
    crew: Crew
    ledger: Ledger
    folder: Path
    topics: frozenset[str]
    consumers: dict[str, frozenset[str]]
    """Who must apply what; nobody, where there are only writers and relays."""
    committed: list[Committed] = field(default_factory=list)

    async def look(self) -> None:
        """Note what is committed now, if both servers answer."""
        self.committed += await self.ledger.committed(self.group)

    async def healed(self) -> float:
        """Until all is written and nothing is pending, held, parked or without its effect; workers that ended are replaced.

        Who judges while somebody still writes calls late what was not there yet. Returns seconds. A machine that others
        use too is slow and proves nothing: what fails is to get no further for `STANDS_STILL`, or `NEVER`
        in the long tier; in the short one, which leaves little to do, `HEALS_WITHIN` is the bound.
        """
        began = better = time.monotonic()
        fewest, left = 0, dict[str, int]()
        never = NEVER if LONG else HEALS_WITHIN
        while time.monotonic() < min(better + STANDS_STILL, began + never):
            for name in self.crew.names:
                if self.crew.code(name) is not None:
                    self.crew.again(name)
            left = {"writing": self.writing} | await self.ledger.unfinished(self.consumers)
            if not any(left.values()):
                return time.monotonic() - began
            if not fewest or sum(left.values()) < fewest:
                fewest, better = sum(left.values()), time.monotonic()
            await asyncio.sleep(0.1)
        what = ", ".join(f"{count} {name}" for name, count in left.items() if count)
        raise Broken([Violation("not drained", f"{what} after {time.monotonic() - began:.0f} s")])

    @property
    def writing(self) -> int:
        """Writers that are not through."""
        return sum(map(self._writes, self.crew.names))

    def _writes(self, name: str) -> bool:
        writer = self.crew.role(name) in ("writer", "all")
        return writer and not finished(self.folder, name, self.crew.pid(name))

    async def judge(self) -> Evidence:
        evidence = await self.ledger.evidence(
            self.topics, self.consumers, read_histories(self.folder), self.committed
        )
        demand(evidence)
        return evidence


@asynccontextmanager
async def run(place: Place, zygote: Zygote, folder: Path) -> AsyncIterator[Run]:
    name = uuid4().hex[:10]
    group = group_of(name)
    folder = folder / name
    folder.mkdir()
    topics = use_topics(name)
    async with service_database(place.postgres_dsn, SCHEMA, "koppel.testing.platform_only") as service:
        owner = await asyncpg.connect(service.owner_dsn)
        try:
            await owner.execute(TABLES)
        finally:
            await owner.close()
        await create_topics(place.bootstrap, *topics, replay_topic_name(group), control_topic(name).name)
        config = {
            "run": name,
            "folder": str(folder),
            "kafka": place.bootstrap,
            "dsn": place.by_proxy(service.app_dsn),
            "seed": 0,
            "operations": 0,
        }
        with crew(zygote, config) as workers:
            ledger = Ledger(service.admin_dsn, place.bootstrap, SCHEMA)
            yield Run(group, workers, ledger, folder, frozenset(topics), {group: frozenset(topics)})
