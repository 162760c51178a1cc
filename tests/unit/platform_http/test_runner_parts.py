"""Parts one by one: loops, resources, the server, waiting."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from unittest.mock import AsyncMock

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from koppel.kernel.errors import Permanent, Transient
from koppel.kernel.retry import RetryPolicy
from koppel.platform.health import Health
from koppel.platform.runner import (
    HttpPart,
    Part,
    PeriodicPart,
    ResourcePart,
    TaskPart,
    periodic,
    wait_for,
)
from koppel.platform.telemetry.metrics import Metrics
from koppel.testing.eventually import eventually

AT_ONCE = RetryPolicy(first=timedelta(0), longest=timedelta(0))
Started = Callable[[Part], AbstractAsyncContextManager[None]]


@pytest.fixture
def started() -> Started:
    @asynccontextmanager
    async def running(part: Part) -> AsyncIterator[None]:
        await part.start()
        try:
            yield
        finally:
            await part.stop()

    return running


async def test_a_job_goes_on_after_a_failed_round(
    started: Started, health: Health, caplog: pytest.LogCaptureFixture
) -> None:
    rounds = 0

    async def job() -> None:
        nonlocal rounds
        rounds += 1
        if rounds <= 2:
            raise ConnectionRefusedError

    async def went_on() -> bool:
        return rounds >= 4

    part = PeriodicPart("purge", timedelta(milliseconds=1), job, health, back_off=AT_ONCE)
    with caplog.at_level(logging.ERROR):
        async with started(part):
            await eventually(went_on)
            assert health.liveness().checks["purge"].ok
    assert len([record for record in caplog.records if record.exc_info]) == 2
    assert health.liveness().checks == {}, "stopped on purpose, not missed"


async def test_stopping_a_job_lets_its_round_finish(started: Started, health: Health) -> None:
    begun, go_on, finished = asyncio.Event(), asyncio.Event(), []

    async def job() -> None:
        begun.set()
        await go_on.wait()
        finished.append(True)

    part = PeriodicPart("purge", timedelta(hours=1), job, health)
    await part.start()
    await begun.wait()
    stopping = asyncio.create_task(part.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert finished == [True]


async def test_a_round_that_does_not_end_is_cancelled(health: Health) -> None:
    begun = asyncio.Event()

    async def job() -> None:
        begun.set()
        await asyncio.Event().wait()

    part = PeriodicPart("purge", timedelta(hours=1), job, health, stop_within=0.01)
    await part.start()
    await begun.wait()
    await part.stop()
    await part.wait()


async def test_stop_is_harmless_before_start_and_twice(health: Health) -> None:
    async def job() -> None: ...

    for part in (
        PeriodicPart("purge", timedelta(hours=1), job, health),
        TaskPart("relay", job),
        HttpPart(Starlette(), "127.0.0.1", 0),
    ):
        await part.stop()
        await part.start()
        await part.stop()
        await part.stop()


async def test_a_task_that_dies_tells_its_watcher_why() -> None:
    async def work() -> None:
        raise KeyError("lost")

    part = TaskPart("relay", work)
    await part.start()
    with pytest.raises(KeyError):
        await part.wait()
    await part.stop()


async def test_a_stopped_task_is_no_failure() -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    part = TaskPart("relay", work)
    await part.start()
    watching = asyncio.create_task(part.wait())
    await part.stop()
    await watching


async def test_a_resource_waits_for_its_server_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    attempts = 0

    async def begin() -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 4:
            raise ConnectionRefusedError(111, "Connection refused")

    async def end() -> None: ...

    with caplog.at_level(logging.WARNING):
        await ResourcePart("database", begin, end, waiting_for="PostgreSQL at 127.0.0.1:5432").start()
    assert attempts == 4
    assert [record.getMessage() for record in caplog.records] == [
        "waiting for PostgreSQL at 127.0.0.1:5432 (Connection refused)"
    ]


async def test_only_what_says_not_now_is_waited_for() -> None:
    failures: list[Exception] = [Transient("busy", "Not now."), TimeoutError(), Permanent("bad", "Never.")]

    async def probe() -> str:
        raise failures.pop(0)

    with pytest.raises(Permanent):
        await wait_for("something", probe, back_off=AT_ONCE)
    assert failures == []


async def test_a_taken_port_is_one_clear_error() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Permanent) as caught:
            await HttpPart(Starlette(), "127.0.0.1", port).start()
    assert caught.value.code == "port_in_use"
    assert f"127.0.0.1:{port}" in caught.value.detail


async def test_a_lifespan_that_fails_keeps_the_server_from_starting() -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if app.routes == []:
            raise RuntimeError("no")
        yield

    with pytest.raises(Permanent) as caught:
        await HttpPart(Starlette(lifespan=lifespan), "127.0.0.1", 0).start()
    assert caught.value.code == "http_not_started"


async def test_draining_finishes_running_requests_and_takes_no_new_ones() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> PlainTextResponse:
        begun.set()
        await go_on.wait()
        return PlainTextResponse("done")

    part = HttpPart(Starlette(routes=[Route("/slow", slow)]), "127.0.0.1", 0)
    await part.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{part.port}") as client:
        running = asyncio.create_task(client.get("/slow"))
        await begun.wait()
        draining = asyncio.create_task(part.drain())

        async def refuses() -> bool:
            try:
                async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{part.port}") as other:
                    await other.get("/slow", timeout=0.5)
            except httpx.ConnectError:
                return True
            except httpx.HTTPError:
                return False
            return False

        await eventually(refuses, what="new connections being refused")
        go_on.set()
        assert (await running).text == "done"
        await draining
    await part.stop()


async def test_while_a_broker_is_waited_for_its_client_says_nothing_of_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client, tries = logging.getLogger("aiokafka"), 0
    lives_on: list[asyncio.Task[None]] = []
    over = asyncio.Event()

    async def later() -> None:
        await over.wait()
        client.error("said of a broker that went away later")

    async def probe() -> None:
        nonlocal tries
        tries += 1
        client.error("Unable connect")
        lives_on.append(asyncio.create_task(later()))
        if tries < 3:
            raise ConnectionRefusedError

    await wait_for("Kafka", probe, back_off=AT_ONCE)
    assert [record.getMessage()[:17] for record in caplog.records] == ["waiting for Kafka"]
    over.set()
    await asyncio.gather(*lives_on)
    client.error("so does everybody else")
    assert len([record for record in caplog.records if record.name == "aiokafka"]) == 4


def test_both_outcomes_of_a_job_are_shown_before_its_first_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prometheus sees no increase in a series that begins."""
    fresh = Metrics()
    monkeypatch.setattr(periodic, "metrics", fresh)
    PeriodicPart("purge", timedelta(hours=1), AsyncMock(), Health())
    for outcome in ("done", "failed"):
        assert f'koppel_job_runs_total{{outcome="{outcome}",task="purge"}} 0.0' in fresh.exposition().decode()


async def test_a_job_tells_how_long_its_rounds_have_failed_until_one_is_done(
    started: Started, health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, mended = Metrics(), asyncio.Event()
    monkeypatch.setattr(periodic, "metrics", fresh)

    async def job() -> None:
        if not mended.is_set():
            raise ConnectionRefusedError

    def failing() -> float:
        return fresh.value("koppel_job_failing_seconds", task="purge")

    soon = RetryPolicy(first=timedelta(milliseconds=5), longest=timedelta(milliseconds=5))
    part = PeriodicPart("purge", timedelta(milliseconds=5), job, health, back_off=soon)
    assert failing() == 0
    async with started(part):
        await eventually(lambda: _true(failing() > 0.05))
        before = failing()
        await eventually(lambda: _true(failing() > before))
        mended.set()
        await eventually(lambda: _true(failing() == 0))


async def _true(told: bool) -> bool:
    return told
