"""One turn of one side: it is warmed up, carries what a fast writer appends, then what comes at a steady rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.backbone.ground import Ground
from tests.bench.backbone.latency import RATE
from tests.bench.cpu import THIS_PROGRAM, Spent, between, spent
from tests.bench.peers.figures import Turn
from tests.bench.peers.sides import Side
from tests.bench.peers.work import Work
from tests.bench.peers.workers import Worker, worker

from koppel.kernel.ids import new_id
from koppel_local.failure import SetupFailed

PER_TRANSACTION = 1_000


@dataclass(frozen=True, slots=True)
class _Carried:
    """Clock readings of all events of one work, by number, and the processor time that they cost."""

    began: float
    committed: Sequence[float]
    arrived: Sequence[float]
    spent: Spent


async def turn(ground: Ground, side: Side, events: int, seconds: float) -> Turn:
    """Raises `SetupFailed` when an event did not come."""
    async with side.at_work() as pid:
        pids = {**ground.pids, side.name: [pid]}
        await _carry(ground, side, pids, count=max(PER_TRANSACTION, events // 10), size=PER_TRANSACTION)
        fast = await _carry(ground, side, pids, count=events, size=PER_TRANSACTION)
        slow = await _carry(ground, side, pids, count=int(seconds * RATE), size=1, rate=RATE)
        return Turn(
            seconds=max(fast.arrived) - fast.began,
            writing=fast.committed[-1] - fast.began,
            spent=fast.spent,
            peak=peak_memory(_status(pid)),
            waits=sorted(read - done for done, read in zip(slow.committed, slow.arrived, strict=True)),
        )


async def _carry(
    ground: Ground, side: Side, pids: Mapping[str, Sequence[int]], *, count: int, size: int, rate: int = 0
) -> _Carried:
    work = Work(
        side=side.role, dsn=side.dsn, kafka=ground.kafka, topic=side.topic,
        mark=str(new_id()), count=count, size=size, rate=rate,
    )  # fmt: skip
    async with worker("reader", work) as reader, worker("writer", work) as writer:
        watched = {**pids, "writer": [writer.pid], "reader": [reader.pid]}
        before = spent(watched)
        writer.tell("go")
        await writer.has_said("done")
        await reader.has_said("done")
        await side.settled()
        used = between(before, spent(watched))
        del used[THIS_PROGRAM]  # it only waits
        return await _compare(side, work, writer, reader, used)


async def _compare(side: Side, work: Work, writer: Worker, reader: Worker, used: Spent) -> _Carried:
    wrote, read = await writer.found(), await reader.found()
    if (missing := work.count - len(read["arrived"])) > 0:
        detail = f"{side.name} did not deliver {missing:,} of {work.count:,} events."
        hint = "A ratio without them would mean nothing."
        raise SetupFailed("events_missing", detail, hint=hint, log_tail=side.log_tail())
    return _Carried(wrote["began"], wrote["committed"], read["arrived"], used)


def _status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text(encoding="utf-8")


def peak_memory(status: str) -> float:
    """Megabytes: the most that was resident, as /proc/PID/status says (`VmHWM`, in KiB)."""
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6
