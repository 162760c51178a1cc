"""Whatever happens while somebody works in the books: increments bring what a full reading brings."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
from tests.chaos.increments.at_random import SIZES, AtRandom
from tests.chaos.increments.made_wrong import BUGS
from tests.chaos.parts import ROOT
from tests.chaos.rig.schedule import LONG, PART, SEED, progress, scaled
from tests.unit.conformance.stand import Stand

from koppel.contracts.values import SyncMode
from koppel.platform.database import Database
from koppel.providers.catalogue import PROVIDERS

_MANY = LONG and PART in ("", "increments")
SEEDS = range(SEED, SEED + (scaled(50) if _MANY else 1))
_TRIES = 25
_BUGS = list(BUGS) if _MANY else list(BUGS)[:1]
"""The first one is noticed by most seeds."""


@pytest.fixture(scope="module")
def migrations() -> tuple[str, str]:
    return "sync", "sync_svc"


@pytest.fixture(scope="module")
def connections() -> int:
    return 6


async def played_at_random(reader: AtRandom, increments: int) -> None:
    """That many increments at random, the first of which reads whole, and one in peace."""
    await reader.begin()
    await reader.read_at_random()
    for _ in range(increments):
        for _ in range(reader.draw.randint(0, 6)):
            await reader.do_something()
        await reader.pass_random_time()
        await reader.read_at_random()
    await reader.stand.pass_time(3600)
    await reader.read(SyncMode.INCREMENTAL)


async def differences(reader: AtRandom) -> list[str]:
    """What records lack or have beside those of a full reading; what only whole readings tell to be gone is none."""
    found, truth = await reader.record_digests(), await reader.truth()
    stale = {key for key in truth if found.get(key) != truth[key]} - await reader.short_of_lines()
    surplus = Counter(key.partition("/")[0] for key in found.keys() - truth.keys()) - reader.removed
    return sorted(stale) + sorted(surplus)


async def differences_of_whole_readings(reader: AtRandom) -> list[str]:
    """After two of them nothing is other than at the provider, and none found what increments should have."""
    found = []
    for _ in range(2):
        view = await reader.read(SyncMode.FULL)
        found += [f"missed of {each.listing}" for each in view.listings if each.missed]
    records, truth = await reader.record_digests(), await reader.truth()
    return found + [key for key in records.keys() | truth.keys() if records.get(key) != truth.get(key)]


@asynccontextmanager
async def _reader(name: str, database: Database, seed: int) -> AsyncIterator[AtRandom]:
    provider = PROVIDERS[name]
    draw = Random(f"{name} {seed}")
    stand = Stand(provider, rate_limit_per_minute=draw.choice((0, 0, 30)), sizes=SIZES)
    await stand.start()
    reader = AtRandom(database, stand, draw)
    await reader.arrive()
    yield reader
    await reader.close()
    await stand.http.aclose()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", PROVIDERS)
async def test_increments_bring_what_a_full_reading_brings(name: str, database: Database, seed: int) -> None:
    async with _reader(name, database, seed) as reader:
        await played_at_random(reader, 5 if _MANY else 1)
        assert await differences(reader) == []
        if _MANY:
            assert await differences_of_whole_readings(reader) == []
        progress(f"{name}, seed {seed}: {reader.kills} kills")


@pytest.mark.parametrize("name", _BUGS)
async def test_it_is_noticed(name: str, database: Database) -> None:
    """Where a worker dies depends on the machine a little, so other seeds are tried too."""
    bug, found = BUGS[name], list[str]()
    for seed in range(bug.seed, bug.seed + _TRIES):
        async with _reader(bug.provider, database, seed) as reader:
            with bug.applied():
                await played_at_random(reader, 2)
            found = await differences(reader)
        if found:
            return
    assert found


def test_the_page_of_reliability_names_the_seeded_bugs() -> None:
    text = " ".join((ROOT / "docs/reliability.md").read_text(encoding="utf-8").split())
    assert [name for name in BUGS if f"*{name}*" not in text] == []
