"""When a policy is due, and when everything is read whole."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from koppel.contracts.values import ResourceName, SyncMode
from koppel.providers.listing import Listing
from koppel.providers.reading import Feed, Flag, Listed, Removal, Sweep
from sync_svc.domain.freshness import usual_objective
from sync_svc.domain.policy import Policy, SweepRhythm, tells_deletions
from sync_svc.domain.schedule import Cron, Every, Preset, Schedule, longest_period, next_due

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ONE = UUID("0197b000-0000-7000-8000-000000000001")
FIRST = Policy.first(ONE, NOON)


def listing(removal: Removal) -> Listing:
    return Listing(name="a", resource=ResourceName.CONTACT, path="/a", removal=removal, fields={})


def test_a_new_administration_synchronises_by_itself() -> None:
    assert Policy.first(ONE, NOON).enabled


FEED = listing(Feed("deleted", "a", timedelta(days=60)))


@pytest.mark.parametrize(
    ("removals", "told"),
    [
        ([], True),
        ([FEED], True),
        ([FEED, listing(Listed())], True),
        ([listing(Sweep())], False),
        ([FEED, listing(Sweep())], False),
        ([listing(Flag("deleted", value=True))], False),
    ],
)
def test_only_a_feed_or_a_complete_list_tells_every_deletion(removals: list[Listing], *, told: bool) -> None:
    assert tells_deletions(removals) is told


def test_a_provider_that_tells_deletions_is_swept_only_when_the_policy_says_so() -> None:
    assert FIRST.rhythm(tells_deletions=False) is SweepRhythm.WEEKLY
    assert FIRST.rhythm(tells_deletions=True) is SweepRhythm.NEVER
    chosen = replace(FIRST, sweep=SweepRhythm.DAILY)
    assert {chosen.rhythm(tells_deletions=told) for told in (True, False)} == {SweepRhythm.DAILY}


def test_the_first_sweep_comes_within_one_rhythm_and_the_next_keeps_its_phase() -> None:
    following, mode = FIRST.asked(SweepRhythm.WEEKLY, NOON)
    assert (mode, following.next_sweep_at) == (SyncMode.INCREMENTAL, next_due(ONE, Preset.WEEKLY, NOON))
    due = following.next_sweep_at
    assert due is not None
    before, mode = following.asked(SweepRhythm.WEEKLY, due - timedelta(microseconds=1))
    assert (mode, before.next_sweep_at) == (SyncMode.INCREMENTAL, due)
    after, mode = before.asked(SweepRhythm.WEEKLY, due)
    assert (mode, after.next_sweep_at) == (SyncMode.FULL, due + timedelta(days=7))


def test_many_missed_sweeps_are_caught_up_with_one() -> None:
    following, _ = FIRST.asked(SweepRhythm.DAILY, NOON)
    late = NOON + timedelta(days=90)
    caught_up, mode = following.asked(SweepRhythm.DAILY, late)
    assert (mode, caught_up.asked(SweepRhythm.DAILY, late)[1]) == (SyncMode.FULL, SyncMode.INCREMENTAL)


def test_a_sweep_that_is_due_survives_a_time_when_nothing_could_be_asked() -> None:
    following, _ = FIRST.asked(SweepRhythm.DAILY, NOON)
    late = NOON + timedelta(days=2)
    passed = following.passed(SweepRhythm.DAILY, late)
    assert passed.next_due_at > late
    assert passed.asked(SweepRhythm.DAILY, late)[1] is SyncMode.FULL


def test_a_policy_that_is_not_swept_any_more_forgets_when_it_would_have_been() -> None:
    following, _ = FIRST.asked(SweepRhythm.DAILY, NOON)
    stopped, mode = following.asked(SweepRhythm.NEVER, NOON + timedelta(days=2))
    assert (mode, stopped.next_sweep_at) == (SyncMode.INCREMENTAL, None)


@pytest.mark.parametrize("preset", Preset)
def test_each_preset_is_a_rhythm(preset: Preset) -> None:
    assert SweepRhythm(preset.value).preset is preset


def test_a_rhythm_is_a_preset_or_never() -> None:
    assert {each.value for each in SweepRhythm} == {*Preset, "never"}


def test_what_was_due_under_a_pause_is_noted_and_forgotten_when_it_is_asked_for() -> None:
    assert not FIRST.missed
    missed = FIRST.passed(SweepRhythm.NEVER, NOON + timedelta(hours=1), missed=True)
    assert (missed.missed, missed.passed(SweepRhythm.NEVER, NOON + timedelta(hours=2)).missed) == (
        True,
        False,
    )
    assert not missed.asked(SweepRhythm.NEVER, NOON + timedelta(hours=2))[0].missed
    assert not missed.asked(SweepRhythm.WEEKLY, NOON + timedelta(hours=2))[0].missed


NIGHTLY = Cron("30 2 * * *")
WORKDAYS = Cron("30 2 * * 1-5")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def swept(schedule: Schedule, rhythm: SweepRhythm, *, days: int) -> list[datetime]:
    """When, by Amsterdam's clock, from noon on."""
    policy, found = replace(FIRST, schedule=schedule).passed(rhythm, NOON), []
    while (due := policy.next_due_at) < NOON + timedelta(days=days):
        policy, mode = policy.asked(rhythm, due)
        found += [due.astimezone(AMSTERDAM)] if mode is SyncMode.FULL else []
    return found


@pytest.mark.parametrize(
    ("schedule", "rhythm", "times"),
    [
        (NIGHTLY, SweepRhythm.DAILY, 399),
        (NIGHTLY, SweepRhythm.WEEKLY, 57),
        (NIGHTLY, SweepRhythm.MONTHLY, 13),
        (WORKDAYS, SweepRhythm.WEEKLY, 57),
        (Cron("0 2 * * 6"), SweepRhythm.WEEKLY, 57),
        (Cron("0 2 1 * *"), SweepRhythm.MONTHLY, 13),
    ],
)
def test_what_keeps_to_nights_is_swept_by_night(schedule: Schedule, rhythm: SweepRhythm, times: int) -> None:
    """Of 400 days, in which summer time begins and ends."""
    found = swept(schedule, rhythm, days=400)
    assert {each.hour for each in found} <= {1, 2, 3}
    assert abs(len(found) - times) <= 1


@pytest.mark.parametrize(
    "schedule",
    [Every(1000), Preset.DAILY, Preset.WEEKLY, Preset.MONTHLY, NIGHTLY, WORKDAYS, Cron("0 2 29 2 *")],
    ids=str,
)
@pytest.mark.parametrize(
    "rhythm", [SweepRhythm.HOURLY, SweepRhythm.DAILY, SweepRhythm.WEEKLY, SweepRhythm.MONTHLY]
)
def test_everything_is_read_whole_as_often_as_it_says_whatever_the_schedule(
    schedule: Schedule, rhythm: SweepRhythm
) -> None:
    """The way to the schedule's next time is added at most."""
    assert rhythm.preset is not None
    period = longest_period(rhythm.preset)
    found = swept(schedule, rhythm, days=7 if period < timedelta(days=1) else 130)
    assert max(later - sooner for sooner, later in pairwise([NOON, *found])) < 2 * period
    assert len(found) >= timedelta(days=7 if period < timedelta(days=1) else 130) // (2 * period)


MONTHLY = replace(FIRST, schedule=Preset.MONTHLY, usual_objective=None)


def test_a_monthly_policy_is_swept_every_day_where_it_says_so() -> None:
    policy, swept = MONTHLY.passed(SweepRhythm.DAILY, NOON), []
    while policy.next_due_at < NOON + timedelta(days=31):
        due = policy.next_due_at
        policy, mode = policy.asked(SweepRhythm.DAILY, due)
        swept += [due] if mode is SyncMode.FULL else []
    assert {later - sooner for sooner, later in pairwise(swept)} == {timedelta(days=1)}
    assert len(swept) == 31
    assert policy.usual_objective == usual_objective(Preset.MONTHLY, NOON)


@pytest.mark.parametrize("late", [timedelta(), timedelta(minutes=5), timedelta(days=9)])
def test_a_sweep_leaves_the_schedules_phase_alone(late: timedelta) -> None:
    policy = replace(FIRST, schedule=Every(7 * 24 * 60 - 1)).passed(SweepRhythm.DAILY, NOON)
    swept, mode = policy.asked(SweepRhythm.DAILY, policy.next_due_at + late)
    assert mode is SyncMode.FULL
    without = swept.passed(SweepRhythm.NEVER, policy.next_due_at + late)
    assert without.next_due_at == next_due(ONE, policy.schedule, policy.next_due_at + late)


def test_a_sweep_that_only_a_sweep_was_due_for_and_that_could_not_be_asked_comes_with_the_next() -> None:
    policy = MONTHLY.passed(SweepRhythm.DAILY, NOON)
    passed = policy.passed(SweepRhythm.DAILY, policy.next_due_at)
    assert passed.next_due_at - policy.next_due_at <= timedelta(days=1)
    assert passed.asked(SweepRhythm.DAILY, passed.next_due_at)[1] is SyncMode.FULL
