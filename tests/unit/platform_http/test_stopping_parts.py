"""A process that stops: who has how much time, what ends at the same time, and what is said of a part that does not."""

import asyncio
from datetime import timedelta

import pytest

from koppel.platform.health import Health
from koppel.platform.runner import DrainedResource, Part, PeriodicPart, ResourcePart, lifecycle


async def test_a_part_that_takes_longer_to_stop_has_the_time_that_the_others_do_not_need(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A member leaves its group while another one leaves: that takes seconds, the many parts behind it none."""
    monkeypatch.setattr(lifecycle, "_LEAST_SECONDS", 0.1)
    ended: list[str] = []

    def part(name: str, takes: float) -> ResourcePart:
        async def end() -> None:
            await asyncio.sleep(takes)
            ended.append(name)

        return ResourcePart(name, begin=lambda: asyncio.sleep(0), end=end)

    started: list[Part] = [*(part(f"pool {number}", 0) for number in range(39)), part("consumer", 0.2)]
    for each in started:
        await each.start()
    assert await lifecycle._shut_down(started, timedelta(seconds=2), timedelta(0))
    assert (ended[0], len(ended)) == ("consumer", 40)


async def test_jobs_finish_their_rounds_at_the_same_time_when_a_process_stops() -> None:
    """One after another they would have to share what is given to all."""
    jobs: list[PeriodicPart] = []
    finished: list[str] = []

    def job(name: str) -> PeriodicPart:
        async def finish_when_all_are_told() -> None:
            await asyncio.gather(*(each.stopping.wait() for each in jobs))
            finished.append(name)

        return PeriodicPart(name, timedelta(hours=1), finish_when_all_are_told, Health(), stop_within=2.0)

    jobs += [job("first"), job("second")]
    for each in jobs:
        await each.start()
    assert await lifecycle._shut_down(list[Part](jobs), timedelta(seconds=5), timedelta(0))
    assert sorted(finished) == ["first", "second"]


async def test_members_leave_their_groups_at_the_same_time_when_a_process_stops() -> None:
    """Where a broker does not answer, each waits as long as it may."""
    leaving: set[str] = set()
    both_leave = asyncio.Event()

    def member(name: str) -> DrainedResource:
        async def leave() -> None:
            leaving.add(name)
            if len(leaving) == 2:
                both_leave.set()
            await both_leave.wait()

        return DrainedResource(name, begin=lambda: asyncio.sleep(0), end=leave)

    members: list[Part] = [member("consumer"), member("replay topic")]
    assert await lifecycle._shut_down(members, timedelta(seconds=1), timedelta(0))


async def test_a_part_that_fails_to_stop_is_not_said_to_have_taken_too_long(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def end() -> None:
        raise TimeoutError("of a server")

    part = ResourcePart("consumer", begin=lambda: asyncio.sleep(0), end=end)
    assert not await lifecycle._shut_down([part], timedelta(seconds=5), timedelta(0))
    said = [each.getMessage() for each in caplog.records if each.name == lifecycle.log.name]
    assert [line.partition(" after ")[0] for line in said] == ["could not stop consumer: it failed"]
