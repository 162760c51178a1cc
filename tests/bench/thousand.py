"""Discovery, import and default assignment of many administrations at once, beside bare statements and calls.

The logins are preparation. sync-svc is stopped: the first syncs of a thousand new administrations are work of
another kind. Between rounds the administrations are removed, so that every round imports anew.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import asyncpg
import httpx
from tests.bench import bare_import
from tests.bench.bare import Listing
from tests.bench.figures import Comparison, Pair
from tests.bench.first_sync import Measured
from tests.bench.organisation import Organisation, run_concurrently
from tests.bench.screen import Screen
from tests.bench.sizes import Sizes
from tests.bench.stage import Stage, issued_token

from koppel.providers.http import provider_http

WHOLE = "discovery, import and default assignment"
WRITES = "of these, import and default assignment alone"
_STAGES = ("discovered", "selected and completed", "confirmed", "all assigned")


@dataclass(slots=True)
class Bench:
    """What all rounds share."""

    organisation: Organisation
    connection_id: str
    settings: list[Listing]
    sizes: Sizes
    screen: Screen
    database: "asyncpg.Connection[asyncpg.Record]"
    http: httpx.AsyncClient
    stages: list[tuple[float, ...]] = field(default_factory=list)


async def compare_imports(
    stage: Stage, companies: list[str], sizes: Sizes, screen: Screen, stop_syncs: Callable[[], None]
) -> Measured:
    """All rounds, a warm-up round first."""
    await asyncio.to_thread(stop_syncs)
    async with AsyncExitStack() as open_things:
        database = await stage.database()
        open_things.push_async_callback(database.close)
        await database.execute("create schema if not exists bench")
        http = await open_things.enter_async_context(provider_http(connections=bare_import.CONCURRENT))
        organisation = await open_things.enter_async_context(Organisation(stage))
        screen.say(f"{len(companies):,} logins at the provider (preparation)")
        connection_id = await organisation.connect(
            companies, lambda done: screen.hint(f"{done:,} of {len(companies):,} logins (preparation)")
        )
        settings = await _settings(stage, organisation, await organisation.grants(connection_id))
        bench = Bench(organisation, connection_id, settings, sizes, screen, database, http)
        rounds = [await _round(bench, number) for number in range(sizes.rounds + 1)][1:]
    whole, writes = zip(*rounds, strict=True)
    return Measured(
        _comparisons(sizes, whole, writes), {"Import, where the time goes (medians).": _facts(bench)}
    )


def _comparisons(sizes: Sizes, whole: tuple[Pair, ...], writes: tuple[Pair, ...]) -> tuple[Comparison, ...]:
    calls = "one settings call each, and the same rows by bare statements"
    return tuple(
        Comparison(
            title=title, bare=beside, unit="administrations", amount=sizes.administrations, pairs=pairs
        )
        for title, beside, pairs in ((WHOLE, calls, whole), (WRITES, "the bare statements alone", writes))
    )


def _facts(bench: Bench) -> list[str]:
    columns = zip(*bench.stages[1:], strict=True)
    return [
        ", ".join(f"{name} {median(column):.2f} s" for name, column in zip(_STAGES, columns, strict=True))
        + "."
    ]


async def _settings(stage: Stage, organisation: Organisation, grants: list[str]) -> list[Listing]:
    """The settings call of every grant's company."""
    found: list[Listing] = []
    async with stage.token_client() as tokens:

        async def one(grant_id: str) -> None:
            token = await issued_token(tokens, organisation.organisation_id, grant_id)
            found.append(Listing(f"{stage.sandbox}/v2/companysettings", token))

        await run_concurrently(one, grants, bare_import.CONCURRENT)
    return found


async def _round(bench: Bench, number: int) -> tuple[Pair, Pair]:
    bench.screen.say(f"round {number or 'warm-up'}: {WHOLE}")
    if number % 2:
        ours = await _ours(bench)
        calls, statements = await _bare(bench)
    else:
        calls, statements = await _bare(bench)
        ours = await _ours(bench)
    whole = Pair(sum(ours), calls + statements)
    writes = Pair(sum(ours[1:]), statements)
    bench.stages.append(ours)
    bench.screen.round(WHOLE, number, whole)
    bench.screen.round(WRITES, number, writes)
    return whole, writes


async def _ours(bench: Bench) -> tuple[float, ...]:
    """Seconds of each stage, as the person at the wizard waits for them."""
    await bench.database.execute("checkpoint")
    organisation, marks = bench.organisation, [time.perf_counter()]
    session = await organisation.discover(bench.connection_id)
    marks.append(time.perf_counter())
    await organisation.complete(session)
    marks.append(time.perf_counter())
    administrations = await organisation.confirm(session)
    marks.append(time.perf_counter())
    await organisation.await_assigned(len(administrations))
    marks.append(time.perf_counter())
    if len(administrations) != bench.sizes.administrations:
        raise RuntimeError(f"{len(administrations)} administrations were imported")
    bench.screen.hint("the administrations are removed again")
    await organisation.remove(administrations)
    await organisation.await_assigned(0)
    return tuple(later - earlier for earlier, later in pairwise(marks))


async def _bare(bench: Bench) -> tuple[float, float]:
    """Seconds of the calls and of the statements."""
    await bench.database.execute(bare_import.MAKE_TABLES)
    await bench.database.execute("checkpoint")
    began = time.perf_counter()
    companies = await bare_import.ask_providers(bench.http, bench.settings)
    asked = time.perf_counter()
    count = await bare_import.import_and_assign(bench.database, companies, bench.organisation.beheerder)
    ended = time.perf_counter()
    if count != bench.sizes.administrations:
        raise RuntimeError(f"the bare side imported {count} administrations")
    return asked - began, ended - asked
