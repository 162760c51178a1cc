"""After a stop of any length the calls of each minute are those that the forecast told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from koppel.contracts.values import SyncMode
from sync_svc.domain.forecast import Planned, by_minute
from sync_svc.domain.policy import Policy, SweepRhythm
from sync_svc.domain.schedule import Cron, Every, Preset, Schedule

NOW = datetime(2026, 11, 29, 10, 30, 20, tzinfo=UTC)
DAY = timedelta(days=1)
INCREMENT, SWEEP = 3, 40
SCHEDULES: Sequence[Schedule] = (
    Every(45),
    Every(60),
    Every(1000),
    Preset.HOURLY,
    Preset.DAILY,
    Preset.MONTHLY,
    Cron("0 6 * * 1-5"),
    Cron("*/30 * * * *"),
)


def stopped(draw: Random, stop: timedelta, schedule: Schedule, rhythm: SweepRhythm) -> Policy:
    """A policy that was last asked for when everything stopped."""
    before = NOW - stop - draw.random() * timedelta(minutes=30)
    first = replace(Policy.first(UUID(int=draw.getrandbits(128)), before), schedule=schedule)
    return first.passed(rhythm, before)


def asked(policy: Policy, rhythm: SweepRhythm) -> Counter[int]:
    """Calls by minute of a day in which the scheduler is never late after its first look."""
    calls, begins = Counter[int](), NOW.replace(second=0)
    while (now := max(policy.next_due_at, NOW)) < begins + DAY:
        policy, mode = policy.asked(rhythm, now)
        calls[(now - begins) // timedelta(minutes=1)] += SWEEP if mode is SyncMode.FULL else INCREMENT
    return calls


def told(policies: Sequence[tuple[Policy, SweepRhythm]]) -> list[int]:
    planned = [
        Planned(
            administration_id=policy.administration_id,
            schedule=policy.schedule,
            next_due_at=policy.next_due_at,
            calls=INCREMENT,
            sweep=rhythm.preset,
            next_sweep_at=policy.next_sweep_at,
            sweep_calls=SWEEP,
        )
        for policy, rhythm in policies
    ]
    return by_minute(planned, NOW)


@pytest.mark.parametrize("stop", [timedelta(), timedelta(minutes=40), DAY, 40 * DAY])
@pytest.mark.parametrize("rhythm", [SweepRhythm.NEVER, SweepRhythm.EVERY_4_HOURS, SweepRhythm.WEEKLY])
def test_the_calls_of_each_minute_after_a_stop_are_within_the_forecast(
    rhythm: SweepRhythm, stop: timedelta
) -> None:
    draw = Random(1)
    herd = [(stopped(draw, stop, schedule, rhythm), rhythm) for schedule in SCHEDULES for _ in range(6)]
    forecast, calls = told(herd), sum((asked(policy, rhythm) for policy, _ in herd), Counter[int]())
    assert [minute for minute in calls if calls[minute] > forecast[minute]] == []
    assert sum(forecast) <= 1.05 * calls.total()
    first = INCREMENT if rhythm is SweepRhythm.NEVER else SWEEP
    assert forecast[0] <= 2 * len(herd) * first  # once each, and perhaps its own time of that minute
