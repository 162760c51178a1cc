"""Criteria 11, 12 and 13: acknowledging under a thousand schedules, a poison key, the times of five hundred retries."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from tests.chaos.criteria.figures import Figure, Report, percentile
from tests.chaos.rig.contract import Step, step
from tests.chaos.rig.schedule import scaled
from tests.chaos.rig.stage import Stage, apply, running, stage
from tests.chaos.scenarios.applying import release_parked
from tests.chaos.scenarios.consuming import every_client_is_set_up_as_promised, run_schedules

from koppel.kernel.errors import Transient
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import ReceivedEvent
from koppel.platform.consumer.parked.retry import Retry
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Connection
from koppel.platform.health import Health
from koppel.platform.outbox import EventLog
from koppel.platform.runner import PeriodicPart
from koppel.platform.service import RETRY_EVERY
from koppel.testing.eventually import eventually

_SCHEDULES = scaled(1_000)
_KEYS = 100
_SECONDS = scaled(20)
"""With and without the poison, each."""
_PACE = 0.01
_RETRIES = scaled(50) * 10
_AT_ONCE = 10
_WAVES_EVERY = 0.3
_ASKED_FOR = 4.0
_DELAYS = "select key, extract(epoch from next_attempt_at - parked_at)::float as delay from parked_event"
_NEXT_ATTEMPT = "select next_attempt_at from parked_event where consumer = $1 and event_id = $2"


@pytest.mark.timeout(600)
async def test_11_acknowledging(postgres_server: str, kafka_server: str, report: Report) -> None:
    async with stage(postgres_server, kafka_server) as here:
        wrong = await run_schedules(here, _SCHEDULES)
        await every_client_is_set_up_as_promised(here)
    report.says(
        11,
        f"{_SCHEDULES:,} seeded schedules of raising, losing the session and being cancelled; every client's settings",
        Figure(criterion=11, name="offsets past unfinished work", seen=len(wrong), bound=0, safety=True),
    )


class _Handler:
    """Applies, notes how long each event took to come here, and fails what it is told to."""

    def __init__(self, consumer: str) -> None:
        self.consumer = consumer
        self.failing: dict[str, Transient] = {}
        self.again = True
        """Whether the next attempts fail too."""
        self.tries: Counter[str] = Counter()
        self.took: list[float] = []
        self.late: list[float] = []

    async def __call__(self, event: ReceivedEvent[Step], connection: Connection) -> None:
        op, now = event.data.op, datetime.now(UTC)
        self.tries[op] += 1
        due = await connection.fetchval(_NEXT_ATTEMPT, self.consumer, event.envelope.id)
        if due is not None:
            self.late.append((now - due).total_seconds())
        await apply(self.consumer, event, connection)
        if op in self.failing and (due is None or self.again):
            raise self.failing[op]
        if event.envelope.time is not None:
            self.took.append((now - event.envelope.time).total_seconds())


@asynccontextmanager
async def _retrying(here: Stage, subscriptions: Subscriptions, policy: RetryPolicy) -> AsyncIterator[None]:
    """The job that tries again, as a service runs it."""
    retry = Retry(here.database, subscriptions, policy)
    job = PeriodicPart("parked retry", RETRY_EVERY, retry.run_due, Health())
    await job.start()
    try:
        yield
    finally:
        await job.stop()


@pytest.mark.timeout(600)
async def test_12_poison_key(postgres_server: str, kafka_server: str, report: Report) -> None:
    policy = RetryPolicy(first=timedelta(milliseconds=200), attempts=5)
    async with stage(postgres_server, kafka_server) as here:
        handler = _Handler(here.group)
        subscriptions = here.subscriptions(here.group, handler)
        async with (
            running(here.relay()),
            here.consuming(subscriptions, policy),
            _retrying(here, subscriptions, policy),
        ):
            await _write_for(here, "warm", 3)
            handler.took.clear()
            await _write_for(here, "calm", _SECONDS)
            calm = percentile(handler.took, 0.99)
            handler.failing["poison"] = Transient("busy", "It never passes.")
            await here.write("k0", "poison")
            handler.took.clear()
            await _write_for(here, "poisoned", _SECONDS)
            poisoned = percentile(handler.took, 0.99)
            attempts = await _attempts(here)
            early = [op for op in handler.tries if op.startswith("poisoned-0-")]
            handler.failing.clear()
            began = time.monotonic()
            parked = len(await here.parked())
            await release_parked(here, subscriptions)
            await here.drained(within=60)
            took = time.monotonic() - began
        await here.judge()
    report.says(
        12,
        f"1 of {_KEYS} keys fails, {1 / _PACE:.0f} events/s for {_SECONDS} s without and with it",
        Figure(criterion=12, name="other keys' p99", seen=poisoned / calm, bound=2, unit="×"),
        Figure(criterion=12, name="parked", seen=parked, bound=1, safety=True),
        Figure(
            criterion=12, name="attempts off by", seen=abs(attempts - policy.attempts), bound=0, safety=True
        ),
        Figure(criterion=12, name="followers run before release", seen=len(early), bound=0, safety=True),
        Figure(criterion=12, name="all in order after release", seen=took, bound=10, unit="s"),
    )


async def _write_for(here: Stage, name: str, seconds: float) -> None:
    """Every key in turn, at the pace; the operation's second part is the key's number."""
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        await here.write(f"k{number % _KEYS}", f"{name}-{number % _KEYS}-{number}")
        number += 1
        await asyncio.sleep(_PACE)

    async def relayed() -> bool:
        return not await here.pending()

    await eventually(relayed)


async def _attempts(here: Stage) -> int:
    async def given_up() -> int | None:
        async with here.database.system() as connection:
            found: int | None = await connection.fetchval(
                "select attempts from parked_event where next_attempt_at is null"
            )
            return found

    found = await eventually(given_up, within=30)
    assert found is not None
    return found


@pytest.mark.timeout(600)
async def test_13_times_of_a_retry(postgres_server: str, kafka_server: str, report: Report) -> None:
    policy = RetryPolicy(first=timedelta(seconds=2), attempts=5)
    async with stage(postgres_server, kafka_server) as here:
        handler = _Handler(here.group)
        handler.again = False
        subscriptions = here.subscriptions(here.group, handler)
        async with running(here.relay()), here.consuming(subscriptions, policy):
            async with _retrying(here, subscriptions, policy):
                delays = await _fail_many(here, handler)
            restarted = await _attempts_by_op(here)
            async with _retrying(here, subscriptions, policy):  # another process goes on
                await here.drained(within=60)
        await here.judge()
    asked = [delay for key, delay in delays.items() if key.endswith("0")]
    plain = [delay for key, delay in delays.items() if not key.endswith("0")]
    report.says(
        13,
        f"{_RETRIES} retries, a tenth with Retry-After of {_ASKED_FOR:.0f} s, the retrying process replaced on the way",
        Figure(
            criterion=13,
            name="tried early",
            seen=sum(late < 0 for late in handler.late),
            bound=0,
            safety=True,
        ),
        Figure(criterion=13, name="late p99", seen=percentile(handler.late, 0.99), bound=1, unit="s"),
        Figure(
            criterion=13,
            name="spread",
            seen=100 * (max(plain) - min(plain)) / 2,
            bound=20,
            unit="%",
            least=True,
        ),
        Figure(
            criterion=13,
            name="Retry-After not honoured",
            seen=sum(each < _ASKED_FOR for each in asked),
            bound=0,
            safety=True,
        ),
        Figure(
            criterion=13,
            name="attempts forgotten by the restart",
            seen=sum(attempts < 1 for attempts in restarted),
            bound=0,
            safety=True,
        ),
    )


async def _fail_many(here: Stage, handler: _Handler) -> dict[str, float]:
    """Each fails once; returns the delay that was set for each."""
    delays: dict[str, float] = {}
    for first in range(0, _RETRIES, _AT_ONCE):
        ops = [f"op-{number}" for number in range(first, first + _AT_ONCE)]
        for op in ops:
            asked = _ASKED_FOR if op.endswith("0") else None
            handler.failing[op] = Transient("busy", "Not now.", retry_after=asked)
        async with here.transaction() as connection:
            await EventLog(connection).append(*(step(f"s-{op}", op) for op in ops))
        await asyncio.sleep(_WAVES_EVERY)
        async with here.database.system() as connection:
            delays |= {row["key"]: row["delay"] for row in await connection.fetch(_DELAYS)}
    return delays


async def _attempts_by_op(here: Stage) -> list[int]:
    async with here.database.system() as connection:
        return [row["attempts"] for row in await connection.fetch("select attempts from parked_event")]
