"""What is left once everything rests: what was accepted and is gone, waits, was told twice, or is out of order."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import asyncpg
from tests.bench.stage import Stage
from tests.chaos.rig.evidence import Seen
from tests.chaos.rig.reading import read_everything
from tests.chaos.rig.schedule import progress

from koppel.contracts.topics import TOPICS

_SCHEMAS = ("connection", "import", "assignment", "sync")
_REST_WITHIN = 180
_LOOK_EVERY = 1.0
_LOG = " union all ".join(f'select event_id::text as id from "{each}".event_log' for each in _SCHEMAS)
_PUBLISHED = " union all ".join(
    f'select event_id::text as id from "{each}".event_log where seq not in (select seq from "{each}".outbox_pending)'
    for each in _SCHEMAS
)
_HEADS = " union all ".join(f'select topic, key, version from "{each}".stream_head' for each in _SCHEMAS)
_BEHIND = " union all ".join(
    f'select count(*) as streams from "{each}".consumer_head join head using (topic, key)'
    " where consumer_head.version <> head.version"
    for each in _SCHEMAS
)
_REQUESTS = "select count(*) from sync.sync_request where sync_request_id = any($1::uuid[])"
_OPEN = "select count(*) from sync.sync_run where state <> 'finished'"
_OPEN_RUNS = """
select run, now() - run.requested_at as age, lease, pause
from sync.sync_run as run
left join sync.lease on lease.subject = run.run_id
left join lateral (select jsonb_agg(pause) as pause from sync.sync_pause as pause) as pauses on true
where run.state <> 'finished' limit 5
"""
_TWICE = """
select count(*) from (select from sync.event_log where type = 'nl.koppel.SyncCompleted.v1'
    group by payload::jsonb ->> 'run_id' having count(*) > 1) as doubled
"""
_IMPORTED = 'select count(*) from "assignment".administration where id = any($1::uuid[])'


@dataclass(slots=True)
class Truth:
    """Looks into the database and the topics of a stack; `asked` and `imported` are what callers were promised."""

    stage: Stage
    asked: list[str]
    imported: list[str]

    async def left_over(self) -> int:
        """All that is lost, doubled, turned round, or still waits once everything rests: nothing, if promises are kept."""
        found = await self._once_it_rests()
        for what, number in found.items():
            if number:
                progress(f"{what}: {number}")
        return sum(found.values())

    async def _once_it_rests(self) -> dict[str, int]:
        """As seen at the moment of rest: a schedule goes on, so a later look may meet a run that has just begun."""
        database = await self.stage.database()
        try:
            waiting = await self._comes_to_rest(database)
            if waiting["runs open"]:
                for row in await database.fetch(_OPEN_RUNS):
                    progress(f"still open: {dict(row)}")
            published = await _ids(database, _PUBLISHED)
            seen = await read_everything(self.stage.kafka, [topic.name for topic in TOPICS])
            return {**waiting, **on_the_topics(seen, published, await _ids(database, _LOG))}
        finally:
            await database.close()

    async def _comes_to_rest(self, database: "asyncpg.Connection[asyncpg.Record]") -> dict[str, int]:
        """What still waits; what does not come to rest is seen in the figures."""
        until = time.monotonic() + _REST_WITHIN
        while any((waiting := await self._in_the_database(database)).values()):
            if time.monotonic() > until:
                break
            await asyncio.sleep(_LOOK_EVERY)
        return waiting

    async def _in_the_database(self, database: "asyncpg.Connection[asyncpg.Record]") -> dict[str, int]:
        async def sum_of(sql: str) -> int:
            return sum([await database.fetchval(sql.format(each)) for each in _SCHEMAS])

        behind = await database.fetch(f"with head as ({_HEADS}) {_BEHIND}")
        return {
            "requests lost": len(self.asked) - await database.fetchval(_REQUESTS, self.asked),
            "imports lost": len(self.imported) - await database.fetchval(_IMPORTED, self.imported),
            "events not published": await sum_of('select count(*) from "{}".outbox_pending'),
            "streams not consumed to their end": sum(row["streams"] for row in behind),
            "events parked or held": await sum_of('select count(*) from "{}".parked_event')
            + await sum_of('select count(*) from "{}".held_event'),
            "runs open": await database.fetchval(_OPEN),
            "runs told twice": await database.fetchval(_TWICE),
        }


async def _ids(database: "asyncpg.Connection[asyncpg.Record]", sql: str) -> set[str]:
    return {row["id"] for row in await database.fetch(sql)}


def on_the_topics(seen: list[Seen], published: set[str], logged: set[str]) -> dict[str, int]:
    """Compared with what was published before the topics were read, and what was logged after it.

    An event that comes again is published twice; what turned round is seen in when each came first.
    """
    times = Counter(each.event_id for each in seen)
    first = {each.event_id: each for each in reversed(seen)}
    streams: dict[tuple[str, str], list[int]] = {}
    for each in (each for each in seen if first[each.event_id] is each):
        if each.version is not None:
            streams.setdefault((each.topic, each.key), []).append(each.version)
    return {
        "events lost": len(published - times.keys()),
        "ghosts": len(times.keys() - logged),
        "events published twice": sum(count > 1 for count in times.values()),
        "events turned round": sum(b < a for versions in streams.values() for a, b in pairwise(versions)),
    }
