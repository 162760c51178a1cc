"""One run of the backbone's measurements: every comparison in turn, both sides of a round right after one another."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.bench.backbone.carrying import produce, relay_backlog
from tests.bench.backbone.consuming import consume, loop
from tests.bench.backbone.events import Organisation
from tests.bench.backbone.ground import SCHEMA, Ground, ground
from tests.bench.backbone.growing import consume_by, memory, relay_by
from tests.bench.backbone.latency import RATE, commit_to_effect, percentile, produce_to_consume
from tests.bench.backbone.replaying import FASTEST, rebuild
from tests.bench.backbone.writing import append, insert
from tests.bench.figures import Comparison, Memory, Pair
from tests.bench.screen import Screen

from koppel.contracts.topics import ADMINISTRATION
from koppel.platform.database import Database

PARTS = ("carry", "consume", "latency", "replay", "grow", "memory")
Side = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Events of each part; `seconds` of the latency part."""

    rounds: int = 3
    many: int = 40_000
    single: int = 3_000
    consumed: int = 60_000
    one_by_one: int = 12_000
    replayed: int = 20_000
    memory: int = 1_000_000
    seconds: float = 8.0

    def scaled(self, scale: float) -> "Sizes":
        """Everything but the rounds, never below a thousand events and two seconds."""
        amounts = {
            name: max(1_000, int(getattr(self, name) * scale))
            for name in ("many", "single", "consumed", "one_by_one", "replayed", "memory")
        }
        return replace(self, **amounts, seconds=max(2.0, self.seconds * scale))


@dataclass(slots=True)
class Measured:
    """What was found."""

    comparisons: list[Comparison] = field(default_factory=list)
    memory: tuple[Memory, ...] = ()
    facts: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Run:
    ground: Ground
    database: Database
    sizes: Sizes
    screen: Screen
    measured: Measured

    async def compare(
        self, title: str, bare_title: str, amount: int, ours: Side, bare: Side, goal: float | None
    ) -> None:
        """A warm-up round, then the rounds that count; who begins changes from round to round."""
        pairs = []
        for number in range(self.sizes.rounds + 1):
            if number % 2:
                took = Pair(ours=await ours(), bare=await bare())
            else:
                bare_took = await bare()
                took = Pair(ours=await ours(), bare=bare_took)
            self.screen.round(title, number, took)
            pairs.append(took)
        self.measured.comparisons.append(
            Comparison(
                title=title, bare=bare_title, unit="events", amount=amount, pairs=tuple(pairs[1:]), goal=goal
            )
        )


async def measure(folder: Path, sizes: Sizes, parts: Sequence[str], screen: Screen) -> Measured:
    """Start the servers, measure these parts, stop the servers. Raises `SetupFailed`."""
    async with ground(folder, screen.say) as stands:
        database = Database(stands.service.app_dsn, SCHEMA, max_size=8)
        await database.open()
        run = _Run(stands, database, sizes, screen, Measured())
        try:
            await _carry(run)  # also fills the topic that the others read
            for part, work in (
                ("consume", _consume),
                ("latency", _latency),
                ("replay", _replay),
                ("grow", _grow),
                ("memory", _memory),
            ):
                if part in parts:
                    screen.say(part)
                    await work(run)
        finally:
            await database.close()
    return run.measured


async def _carry(run: _Run) -> None:
    sizes, dsn = run.sizes, run.ground.service.app_dsn
    many, single, organisation = (
        Organisation().events(sizes.many),
        Organisation().events(sizes.single),
        Organisation(),
    )
    messages = organisation.messages(sizes.many, ADMINISTRATION.partitions)

    async def ours_many() -> float:
        return await append(run.database, many, 1_000)

    async def ours_single() -> float:
        return await append(run.database, single, 1)

    async def backlog() -> float:
        await append(run.database, many, 1_000)
        return await relay_backlog(run.ground, run.database)

    await run.compare(
        "append, 1,000 a transaction", "COPY of the same rows", sizes.many,
        ours_many, lambda: insert(dsn, SCHEMA, many, 1_000), None,
    )  # fmt: skip
    await run.compare(
        "append, one a transaction, four writers", "INSERT of the same rows", sizes.single,
        ours_single, lambda: insert(dsn, SCHEMA, single, 1), None,
    )  # fmt: skip
    await relay_backlog(run.ground, run.database)
    await run.compare(
        "relay of a backlog", "idempotent producer, the same messages", sizes.many,
        backlog, lambda: produce(run.ground, messages), 0.5,
    )  # fmt: skip


async def _consume(run: _Run) -> None:
    for title, count, runs, goal in (
        ("consume, set-based handler", run.sizes.consumed, True, 0.5),
        ("consume, two statements an event", run.sizes.one_by_one, False, 0.15),
    ):

        async def ours(count: int = count, runs: bool = runs) -> float:
            return await consume(run.ground, run.database, count, runs=runs)

        async def bare(count: int = count) -> float:
            return await loop(run.ground, count)

        async def bare_effects(count: int = count, runs: bool = runs) -> float:
            return await loop(run.ground, count, effects=run.ground.service.app_dsn, runs=runs)

        await run.compare(title, "aiokafka loop with json.loads", count, ours, bare, goal)
        await run.compare(
            title, "the same loop with the same statements by bare asyncpg", count, ours, bare_effects, None
        )


async def _latency(run: _Run) -> None:
    told = []
    for number in range(run.sizes.rounds):
        ours = await commit_to_effect(run.ground, run.database, run.sizes.seconds)
        bare = await produce_to_consume(run.ground, run.sizes.seconds)
        told.append((ours, bare))
        p50 = Pair(ours=percentile(ours, 0.5), bare=percentile(bare, 0.5))
        run.screen.round("latency, p50", number + 1, p50)
    for part in (0.5, 0.99):
        pairs = tuple(Pair(ours=percentile(ours, part), bare=percentile(bare, part)) for ours, bare in told)
        middle = sorted(pairs, key=lambda pair: pair.ours)[len(pairs) // 2]
        run.measured.facts.setdefault(f"Commit → effect at {RATE} events/s.", []).append(
            f"p{part * 100:.0f} {middle.ours * 1000:.1f} ms beside {middle.bare * 1000:.1f} ms for a bare Kafka round"
            f" trip ({min(p.ours for p in pairs) * 1000:.1f}–{max(p.ours for p in pairs) * 1000:.1f} ms)."
        )


async def _replay(run: _Run) -> None:
    """Planned and run by the same replay, so the two comparisons share their rounds."""
    count, screen = run.sizes.replayed, run.screen
    messages = Organisation().messages(count, ADMINISTRATION.partitions)
    planned: list[Pair] = []
    ran: list[Pair] = []
    for number in range(run.sizes.rounds + 1):
        bare = await produce(run.ground, messages)
        took = await rebuild(run.ground, run.database, count)
        planned.append(Pair(ours=took.planned, bare=bare))
        ran.append(Pair(ours=took.run, bare=bare))
        screen.round("replay, rebuild", number, ran[-1])
    for title, pairs in (
        ("replay, planned: a dry run of each event", planned),
        (f"replay, rebuild at the highest rate ({FASTEST:,}/s)", ran),
    ):
        run.measured.comparisons.append(
            Comparison(
                title=title, bare="idempotent producer, the same messages", unit="events", amount=count,
                pairs=tuple(pairs[1:]), goal=None,
            )
        )  # fmt: skip


async def _grow(run: _Run) -> None:
    many, single = run.sizes.many, run.sizes.one_by_one
    await run.compare(
        "relay, two processes", "one process", many,
        lambda: relay_by(run.ground, run.database, 2, many), lambda: relay_by(run.ground, run.database, 1, many), 1.6,
    )  # fmt: skip
    await run.compare(
        "consume, two statements an event, two processes", "one process", single,
        lambda: consume_by(run.ground, run.database, 2, single),
        lambda: consume_by(run.ground, run.database, 1, single), 1.6,
    )  # fmt: skip


async def _memory(run: _Run) -> None:
    run.measured.memory = await memory(run.ground, run.database, run.sizes.memory)
