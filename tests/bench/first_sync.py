"""First full syncs and full re-syncs of one company's contacts, beside bare loops over the same pages.

Every round is a new organisation that imports the same company, so every first sync starts from nothing. Who goes
first alternates; a checkpoint before each keeps one side's writes out of the other's time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from statistics import median

import asyncpg
import httpx
from tests.bench import bare
from tests.bench.bare import Listing
from tests.bench.cpu import Spent, between, in_words, medians, spent
from tests.bench.figures import Comparison, Pair
from tests.bench.listener import Listener
from tests.bench.organisation import Organisation
from tests.bench.report import speed
from tests.bench.screen import Screen
from tests.bench.sizes import Sizes
from tests.bench.stage import Json, Stage, answered, issued_token

from koppel.contracts.record import RecordChanged, RecordDeleted
from koppel.providers.http import provider_http

FIRST = "first full sync, every record's event read from Kafka"
FIRST_DEFAULT = "the same first syncs"
AGAIN = "full re-sync, nothing changed"
_WITHIN = 900.0
_POLL = 0.1
_RELAYED_POLL = 0.05

_RELAYED = """
select exists (select from sync.sync_run where administration_id = $1 and state = 'finished')
   and not exists (select from sync.outbox_pending)
"""
_WRITTEN = """
select (select count(*) from sync.record where xmin::text::bigint >= $1) as records,
       count(*) filter (where type = any($2)) as record_events,
       count(*) filter (where type <> all($2)) as run_events,
       (select count(*) from sync.outbox_pending) as pointers
from sync.event_log where xmin::text::bigint >= $1
"""
_RECORD_EVENTS = [RecordChanged.type_name(), RecordDeleted.type_name()]


@dataclass(slots=True)
class Bench:
    """What all rounds share."""

    stage: Stage
    company: str
    sizes: Sizes
    screen: Screen
    database: "asyncpg.Connection[asyncpg.Record]"
    http: httpx.AsyncClient
    finished: list[float] = field(default_factory=list)
    relayed: list[float] = field(default_factory=list)
    written: list[asyncpg.Record] = field(default_factory=list)
    cpu: dict[str, list[Spent]] = field(default_factory=dict)

    @property
    def pids(self) -> dict[str, Sequence[int]]:
        """Every process of the stack."""
        return {**self.stage.pids, **self.stage.others}


Round = tuple[Pair, Pair, Pair]
"""First sync beside a table stored alike, the same beside one with default storage, re-sync."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Comparisons and, in words, what else was counted."""

    comparisons: tuple[Comparison, ...]
    facts: dict[str, list[str]]


async def compare_syncs(stage: Stage, company: str, sizes: Sizes, screen: Screen) -> Measured:
    """All rounds of both comparisons, a warm-up round first."""
    rounds: list[Round] = []
    async with AsyncExitStack() as open_things:
        database = await stage.database()
        open_things.push_async_callback(database.close)
        http = await open_things.enter_async_context(provider_http(connections=4))
        await database.execute("create schema if not exists bench")
        bench = Bench(stage, company, sizes, screen, database, http)
        rounds += [await _round(bench, number) for number in range(sizes.rounds + 1)]
    return Measured(_comparisons(sizes, rounds[1:]), _facts(bench))  # round 0 made everybody warm


def _comparisons(sizes: Sizes, rounds: Sequence[Round]) -> tuple[Comparison, ...]:
    first, default, again = zip(*rounds, strict=True)
    loop = "fetch, parse, hash and upsert of the same pages"
    rows: tuple[tuple[str, str, tuple[Pair, ...], float | None], ...] = (
        (FIRST, f"{loop}, stored alike", first, 0.5),
        (FIRST_DEFAULT, f"{loop}, PostgreSQL's default storage", default, None),
        (AGAIN, "fetch and parse of the same pages", again, 0.3),
    )
    return tuple(
        Comparison(title=title, bare=beside, unit="records", amount=sizes.contacts, pairs=pairs, goal=goal)
        for title, beside, pairs, goal in rows
    )


def _facts(bench: Bench) -> dict[str, list[str]]:
    finished, relayed = median(bench.finished[1:]), median(bench.relayed[1:])
    contacts, written = bench.sizes.contacts, bench.written[1:]
    return {
        "First sync, milestones.": [
            f"Run finished after {speed(contacts, finished, 'records')},",
            f"outbox empty after {speed(contacts, relayed, 'records')}; the time above ends with the last record read.",
        ],
        "Re-sync, rows written (xmin of each row against the transaction id before the run).": [
            f"record {sum(each['records'] for each in written)},",
            f"event_log {sum(each['record_events'] for each in written)} of records",
            f"and {sum(each['run_events'] for each in written)} about the {len(written)} runs themselves (requested, started, progressed, completed),",
            f"outbox_pending {sum(each['pointers'] for each in written)} left.",
        ],
        "Processor time a round (medians), which other programs on the machine do not change much.": [
            f"{title}: {in_words(medians(rounds[1:]))}." for title, rounds in bench.cpu.items()
        ],
    }


async def _round(bench: Bench, number: int) -> Round:
    bench.screen.say(f"round {number or 'warm-up'}: an organisation connects and prepares its import")
    async with Organisation(bench.stage) as organisation:
        connection_id = await organisation.connect([bench.company])
        listing = await _listing(bench, organisation, (await organisation.grants(connection_id))[0])
        session = await organisation.discover(connection_id)
        await organisation.complete(session)
        imported: list[str] = []

        async def ours() -> float:
            return await _first_sync(bench, organisation, session, imported)

        async def ours_again() -> float:
            return await _re_sync(bench, organisation, imported[0])

        bare_first = number % 2 == 0
        bench.screen.say(f"round {number or 'warm-up'}: {FIRST}")
        alike = partial(_bare_store, bench, listing, bare.SAME_STORAGE)
        first = await _pair(bench, FIRST, ours, alike, bare_first=bare_first)
        bench.screen.round(FIRST, number, first)
        await bench.database.execute("checkpoint")
        default = Pair(first.ours, await _bare_store(bench, listing, bare.DEFAULT_STORAGE))
        bench.screen.round(FIRST_DEFAULT, number, default)
        bench.screen.say(f"round {number or 'warm-up'}: {AGAIN}")
        boundary = await bench.database.fetchval("select pg_current_xact_id()::text::bigint")
        again = await _pair(
            bench, AGAIN, ours_again, lambda: _bare_parse(bench, listing), bare_first=bare_first
        )
        await _relayed_at(bench, imported[0])
        bench.written += await bench.database.fetch(_WRITTEN, boundary, _RECORD_EVENTS)
        bench.screen.round(AGAIN, number, again)
    return first, default, again


async def _pair(
    bench: Bench,
    title: str,
    ours: Callable[[], Awaitable[float]],
    bare_one: Callable[[], Awaitable[float]],
    *,
    bare_first: bool,
) -> Pair:
    seconds: dict[str, float] = {}
    sides = {"bare": bare_one, "ours": ours} if bare_first else {"ours": ours, "bare": bare_one}
    for name, side in sides.items():
        await bench.database.execute("checkpoint")
        before = spent(bench.pids)
        seconds[name] = await side()
        bench.cpu.setdefault(f"{title}: {name}", []).append(between(before, spent(bench.pids)))
    return Pair(seconds["ours"], seconds["bare"])


async def _listing(bench: Bench, organisation: Organisation, grant_id: str) -> Listing:
    async with bench.stage.token_client() as tokens:
        token = await issued_token(tokens, organisation.organisation_id, grant_id)
        return Listing(f"{bench.stage.sandbox}/v2/customers", token)


async def _first_sync(bench: Bench, organisation: Organisation, session: str, imported: list[str]) -> float:
    """Seconds from the start of the run until its last record was read from the topic."""
    async with Listener(bench.stage.kafka) as listener:
        (administration_id,) = await organisation.confirm(session)
        imported.append(administration_id)
        async with asyncio.TaskGroup() as both:
            relayed = both.create_task(_relayed_at(bench, administration_id))
            hearing = both.create_task(listener.all_records_of([administration_id], within=_WITHIN))
    run = await _ended_run(organisation, {"administration_id": administration_id})
    started = _instant(run["started_at"])
    bench.finished.append(_instant(run["finished_at"]) - started)
    bench.relayed.append(relayed.result() - started)
    await _keep_from_schedule(organisation, administration_id)
    return hearing.result()[administration_id].last_record_at - started


async def _relayed_at(bench: Bench, administration_id: str) -> float:
    """When the run had ended and the broker had acknowledged every event."""
    database = await bench.stage.database()
    try:
        while True:
            if await database.fetchval(_RELAYED, administration_id):
                return time.time()
            await asyncio.sleep(_RELAYED_POLL)
    finally:
        await database.close()


async def _re_sync(bench: Bench, organisation: Organisation, administration_id: str) -> float:
    """Seconds of a full run over contacts that did not change."""
    wanted = {"administration_ids": [administration_id], "resources": ["contact"], "mode": "full"}
    asked = await answered(organisation.syncs.post("/v1/syncs", json=wanted))
    run = await _ended_run(organisation, {"sync_request_id": asked["items"][0]["sync_request_id"]})
    if run["outcome"] != "unchanged":
        raise RuntimeError(f"a re-sync ended as {run['outcome']}: {run.get('failure')}")
    return _instant(run["finished_at"]) - _instant(run["started_at"])


async def _ended_run(organisation: Organisation, query: dict[str, str]) -> Json:
    while True:
        found = (await answered(organisation.syncs.get("/v1/sync-runs", params=query)))["items"]
        if found and found[0]["state"] == "finished":
            run: Json = found[0]
            return run
        await asyncio.sleep(_POLL)


async def _keep_from_schedule(organisation: Organisation, administration_id: str) -> None:
    """A scheduled sync would run into somebody's round."""
    policy = {"enabled": False, "interval_minutes": 60, "resources": None}
    await answered(
        organisation.syncs.put(f"/v1/administrations/{administration_id}/sync-policy", json=policy)
    )


async def _bare_store(bench: Bench, listing: Listing, make_table: str) -> float:
    await bench.database.execute(make_table)
    return await _timed(bench, bare.fetch_and_store(bench.http, listing, bench.database))


async def _bare_parse(bench: Bench, listing: Listing) -> float:
    return await _timed(bench, bare.fetch_and_parse(bench.http, listing))


async def _timed(bench: Bench, work: Awaitable[int]) -> float:
    began = time.perf_counter()
    count = await work
    seconds = time.perf_counter() - began
    if count != bench.sizes.contacts:
        raise RuntimeError(f"the bare side read {count} objects, not {bench.sizes.contacts}")
    return seconds


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
