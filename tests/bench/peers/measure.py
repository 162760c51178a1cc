"""One run: the servers are started, both sides take turns, everything is stopped."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
from tests.bench.backbone.ground import Ground, ground
from tests.bench.peers.figures import Round, figures
from tests.bench.peers.sides import both
from tests.bench.peers.turn import turn
from tests.bench.screen import Screen

from koppel_local.postgres.server import PostgresServer
from koppel_local.progress import DownloadProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """`events` of the fast writer, `seconds` at the steady rate; `warm` rounds come first and do not count."""

    rounds: int = 5
    warm: int = 2
    events: int = 60_000
    seconds: float = 8.0

    def scaled(self, scale: float) -> "Sizes":
        """The amounts but not the rounds, never below two transactions and two seconds."""
        events = max(2_000, int(self.events * scale))
        return replace(self, events=events, seconds=max(2.0, self.seconds * scale))


async def measure(folder: Path, sizes: Sizes, screen: Screen, progress: DownloadProgress) -> list[Round]:
    """The rounds that count. Raises `SetupFailed`."""
    rounds = []
    screen.say("PostgreSQL, Kafka and Kafka Connect start")
    async with _logical(folder, screen.say) as stands, both(folder, stands, progress) as (ours, peer):
        for number in range(sizes.warm + sizes.rounds):
            counts = max(0, number - sizes.warm + 1)
            took = {}
            for side in (ours, peer) if number % 2 else (peer, ours):
                screen.say(f"{side.name}, {f'round {counts}' if counts else 'warm-up'}")
                took[side.role] = await turn(stands, side, sizes.events, sizes.seconds)
            rounds.append(Round(took["ours"], took["peer"]))
            for each in figures(rounds[-1:], sizes.events):
                screen.compared(
                    each.title, counts, each.in_words(each.ours), each.in_words(each.peer), each.ratio
                )
        screen.say("everything is stopped")
    return rounds[sizes.warm :]


@asynccontextmanager
async def _logical(folder: Path, say: Callable[[str], None]) -> AsyncIterator[Ground]:
    """The ground of the backbone's measurements with the write-ahead log that logical decoding needs."""
    postgres = PostgresServer(folder, say=say)
    try:
        postgres.start()
        admin = await asyncpg.connect(postgres.dsn)
        try:
            await admin.execute("alter system set wal_level = logical")
        finally:
            await admin.close()
    finally:
        postgres.stop()
    async with ground(folder, say) as stands:
        yield stands
