"""Liveness: our loops turn. Readiness: we can serve."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import httpx
import pytest
from fastapi import APIRouter

from koppel.kernel.errors import Transient
from koppel.platform.health import Health
from koppel.platform.runner import ResourcePart, lifecycle
from koppel.platform.runner.lifecycle import run_service
from koppel.platform.telemetry.metrics import Metrics
from koppel.testing.eventually import eventually

Serve = Callable[[APIRouter], AbstractAsyncContextManager[httpx.AsyncClient]]


class Time:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def timed(time: Time) -> Health:
    return Health(now=time)


def test_a_loop_that_stops_turning_fails_liveness(timed: Health, time: Time) -> None:
    timed.beat("relay", max_age=timedelta(seconds=10))
    time.now += 10
    assert timed.liveness().ok
    time.now += 0.1
    report = timed.liveness()
    assert not report.ok
    assert report.checks["relay"].reason == "no beat for 10 s"
    timed.beat("relay")
    assert timed.liveness().ok
    time.now += 10.1
    assert not timed.liveness().ok, "the bound given first stays"


def test_a_loop_that_ended_on_purpose_is_not_missed(timed: Health, time: Time) -> None:
    timed.beat("job")
    timed.retire("job")
    time.now += 1_000
    assert timed.liveness().ok


def test_a_dead_part_fails_liveness_for_good(timed: Health) -> None:
    timed.died("consumer", "died of KeyError")
    timed.beat("consumer")
    assert not timed.liveness().ok


async def test_a_dependency_never_touches_liveness(health: Health) -> None:
    def down() -> None:
        raise ConnectionRefusedError

    health.check("kafka", down)
    health.started()
    assert health.liveness().ok
    assert not (await health.readiness()).ok


async def test_a_process_that_stops_is_unready_without_asking_anybody(health: Health) -> None:
    asked = list[str]()
    health.check("kafka", lambda: asked.append("kafka"))
    health.started()
    health.stopping.set()
    report = await health.readiness()
    assert not report.ok
    assert not asked
    assert report.checks["stopping"].reason == "shutting down"


async def test_readiness_names_each_cause_without_details_of_the_error(health: Health) -> None:
    async def passes() -> None: ...

    def refuses() -> None:
        raise ConnectionRefusedError("postgresql://app:canary@host")

    async def explains() -> None:
        raise Transient("migrations_pending", "2 migrations are not applied.")

    async def hangs() -> None:
        await asyncio.Event().wait()

    for name, probe in (("a", passes), ("b", refuses), ("c", explains), ("d", hangs)):
        health.check(name, probe, timeout=timedelta(milliseconds=50))
    health.started()
    report = await health.readiness()
    assert {name: finding.reason for name, finding in report.checks.items()} == {
        "started": None,
        "stopping": None,
        "a": None,
        "b": "ConnectionRefusedError",
        "c": "2 migrations are not applied.",
        "d": "no answer within 0.05 s",
    }


async def test_a_process_is_ready_between_started_and_stopping(health: Health) -> None:
    assert not (await health.readiness()).ok
    health.started()
    assert (await health.readiness()).ok
    health.stopping.set()
    assert not (await health.readiness()).ok
    assert health.liveness().ok, "a process that is stopping must not be killed for it"


async def test_the_probes_answer_with_status_and_reasons(serve: Serve, health: Health) -> None:
    async with serve(APIRouter()) as client:
        starting = await client.get("/readyz")
        health.started()
        ready, alive = await client.get("/readyz"), await client.get("/livez")
        health.died("relay", "died of KeyError")
        dead = await client.get("/livez")
    assert (starting.status_code, starting.json()["status"]) == (503, "not_ready")
    assert starting.json()["checks"]["started"] == {"ok": False, "reason": "still starting"}
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive", "checks": {}})
    assert (dead.status_code, dead.json()["checks"]) == (
        503,
        {"relay": {"ok": False, "reason": "died of KeyError"}},
    )


async def test_what_depends_on_a_server_that_is_away_is_not_shown_as_ready() -> None:
    """Where nobody probes, too: the metric is what Prometheus pages by."""
    health, away = Health(), asyncio.Event()

    def check() -> None:
        if away.is_set():
            raise Transient("database_unavailable", "It is away.")

    health.check("postgres", check)
    health.started()
    looking = asyncio.create_task(health.keep_looking(0.001))
    try:
        await eventually(_shows(health, ready=True))
        away.set()
        await eventually(_shows(health, ready=False))
        away.clear()
        await eventually(_shows(health, ready=True))
    finally:
        looking.cancel()


def _shows(health: Health, *, ready: bool) -> Callable[[], Awaitable[bool]]:
    async def seen() -> bool:
        return health.is_ready is ready

    return seen


async def test_a_running_service_looks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, health = Metrics(), Health()
    monkeypatch.setattr(lifecycle, "metrics", fresh)
    asked = asyncio.Event()
    health.check("postgres", asked.set)
    serving = asyncio.create_task(run_service(name="test-svc", parts=[], health=health))
    await asyncio.wait_for(asked.wait(), 10)

    async def shown() -> bool:
        return fresh.value("koppel_process_ready") == 1

    await eventually(shown)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_a_second_signal_while_it_stops_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the last line that it sends to the collector: nobody who asks twice gets another exit code."""
    in_the_end: list[object] = []
    monkeypatch.setattr(lifecycle, "metrics", Metrics())
    monkeypatch.setattr(
        lifecycle, "end_telemetry", lambda: in_the_end.append(signal.getsignal(signal.SIGTERM))
    )

    async def told() -> None:
        signal.raise_signal(signal.SIGTERM)

    part = ResourcePart("part", begin=told, end=told)
    assert await run_service(name="test-svc", parts=[part], health=Health()) == 0
    assert in_the_end != [signal.SIG_DFL]
