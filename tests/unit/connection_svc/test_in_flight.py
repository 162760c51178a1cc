"""What outlives its request: nobody's departure cuts it, and a stopping process waits for it."""

import asyncio
import logging

import pytest

from connection_svc.application import in_flight as module
from connection_svc.application.in_flight import InFlight
from koppel.kernel.errors import Transient
from koppel.testing.eventually import eventually


class Work:
    """Ends when it is let."""

    def __init__(self) -> None:
        self.go_on, self.ended, self.goodbye = asyncio.Event(), False, False

    async def run(self) -> str:
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            self.goodbye = True
            raise
        self.ended = True
        return "done"


async def test_work_goes_on_when_its_caller_leaves() -> None:
    in_flight, work = InFlight(), Work()
    caller = asyncio.create_task(in_flight.result(in_flight.begin(work.run(), "work")))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    work.go_on.set()

    async def ended() -> bool:
        return work.ended

    await eventually(ended, what="the work")


async def test_several_callers_get_one_result() -> None:
    in_flight, work = InFlight(), Work()
    task = in_flight.begin(work.run(), "work")
    work.go_on.set()
    results = await asyncio.gather(in_flight.result(task), in_flight.result(task))
    assert set(results) == {"done"}


async def test_a_caller_waits_for_a_bounded_time_and_the_work_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    in_flight, work = InFlight(), Work()
    task = in_flight.begin(work.run(), "work")
    with pytest.raises(Transient, match="still_in_progress"):
        await in_flight.result(task)
    work.go_on.set()
    assert await task == "done"


async def test_draining_waits_for_what_runs_and_takes_nothing_new() -> None:
    in_flight, work = InFlight(), Work()
    in_flight.begin(work.run(), "work")
    draining = asyncio.create_task(in_flight.drain())
    await asyncio.sleep(0)
    with pytest.raises(Transient, match="service_stopping"):
        in_flight.begin(Work().run(), "more")
    assert not draining.done()
    work.go_on.set()
    await draining
    assert work.ended


async def test_what_cannot_end_is_cancelled_and_says_goodbye(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_DRAIN", 0.0)
    in_flight, work = InFlight(), Work()
    task = in_flight.begin(work.run(), "refresh of 1")
    await asyncio.sleep(0)
    await in_flight.drain()
    assert (work.goodbye, task.cancelled()) == (True, True)
    assert "refresh of 1 did not end" in caplog.text
    with pytest.raises(Transient, match="service_stopping"):
        await in_flight.result(task)


async def test_a_failure_that_nobody_waits_for_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.0)

    go_on = asyncio.Event()

    async def fails() -> None:
        await go_on.wait()
        raise Transient("provider_timeout", "late")

    in_flight = InFlight()
    with caplog.at_level(logging.WARNING):
        with pytest.raises(Transient, match="still_in_progress"):
            await in_flight.result(in_flight.begin(fails(), "refresh of 2"))
        go_on.set()
        await in_flight.drain()
    assert "refresh of 2 failed: provider_timeout" in caplog.text
