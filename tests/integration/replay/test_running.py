"""From a plan to its result: what was planned is what happens, once."""

import logging
from types import SimpleNamespace

import pytest

from koppel.kernel.ids import new_id
from koppel.platform.health import Health
from koppel.platform.leased_worker import Polling
from koppel.platform.replay.sender import runner
from koppel.platform.replay.sender.runner import ReplayRunner
from koppel.platform.telemetry import metrics
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation

from .stage import FOREIGN, TARGET, Stage


async def _lost(stage: Stage) -> Organisation:
    """Five logged; the target has the first two."""
    organisation = Organisation()
    await stage.log(organisation, 1, 2, 3, 4, 5)
    await stage.live(organisation, 1, 2)
    return organisation


async def test_the_result_equals_the_plan(stage: Stage) -> None:
    organisation = await _lost(stage)
    await stage.runner()

    replay_id = await stage.plan(organisation=organisation)
    planned = await stage.reach(replay_id, "planned")

    assert (planned.events, planned.streams) == (5, 1)
    assert planned.targets[0].counts("rehearsal") == {"apply": 3, "skip": 2, "hold": 0, "park": 0}
    assert await stage.effects(organisation) == ["v1", "v2"]

    await stage.act(replay_id, "start")
    finished = await stage.reach(replay_id, "finished")

    assert finished.targets[0].counts("run") == planned.targets[0].counts("rehearsal")
    assert finished.differences == []
    assert (finished.done, finished.total, finished.eta_seconds()) == (5, 5, 0)
    assert await stage.effects(organisation) == ["v1", "v2", "v3", "v4", "v5"]


async def test_what_a_running_replay_has_before_it_is_measured(stage: Stage) -> None:
    organisation = await _lost(stage)
    await stage.runner()
    replay_id = await stage.plan(organisation=organisation)
    await stage.reach(replay_id, "planned")
    async with stage.database.system() as connection:
        await connection.execute("update replay set state = 'running' where id = $1", replay_id)
        measured = {row["id"]: row["pending"] for row in await connection.fetch(runner._PENDING)}
        assert measured[replay_id] == 5
        await connection.execute("update replay set state = 'planned' where id = $1", replay_id)


async def test_what_all_running_replays_have_before_them_is_told_and_a_wait_for_a_turn_is_no_standstill(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ReplayRunner(stage.database, stage.replays, stage.producer, "test/measures", Health())
    nine = sorted(new_id() for _ in range(9))
    for now in (100.0, 140.0):
        monkeypatch.setattr(runner, "time", SimpleNamespace(monotonic=lambda now=now: now))
        made._measure({**dict.fromkeys(nine[:8], 1000 - now), nine[8]: 7})
    assert metrics.value("koppel_replay_pending_events") == 8 * 860 + 7
    assert metrics.value("koppel_replay_still_seconds") == 0
    made._measure({nine[8]: 7})
    monkeypatch.setattr(runner, "time", SimpleNamespace(monotonic=lambda: 171.0))
    assert metrics.value("koppel_replay_still_seconds") == 31


async def test_a_second_run_applies_nothing(stage: Stage) -> None:
    organisation = await _lost(stage)
    await stage.runner()
    for expected in ({"apply": 3, "skip": 2}, {"apply": 0, "skip": 5}):
        replay_id = await stage.plan(organisation=organisation)
        await stage.reach(replay_id, "planned")
        await stage.act(replay_id, "start")
        finished = await stage.reach(replay_id, "finished")
        assert finished.targets[0].counts("run") == {**expected, "hold": 0, "park": 0}
    assert await stage.effects(organisation) == ["v1", "v2", "v3", "v4", "v5"]


async def test_each_act_has_its_audit_row(stage: Stage) -> None:
    organisation = await _lost(stage)
    await stage.runner()
    replay_id = await stage.plan(organisation=organisation)
    await stage.reach(replay_id, "planned")
    await stage.act(replay_id, "start")
    await stage.act(replay_id, "start")  # no act
    await stage.reach(replay_id, "finished")
    assert await stage.audit(replay_id) == [
        ("replay.planned", "person:x", "a test"),
        ("replay.started", "person:y", "a test"),
        ("replay.finished", "service:import-svc", "a test"),
    ]


async def test_start_and_end_leave_a_line_each(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    organisation = await _lost(stage)
    await stage.runner()
    with caplog.at_level(logging.INFO):
        replay_id = await stage.plan(organisation=organisation)
        await stage.reach(replay_id, "planned")
        await stage.act(replay_id, "start")
        await stage.reach(replay_id, "finished")
    told = [line.__dict__ for line in caplog.records if line.__dict__.get("target") == f"replay/{replay_id}"]
    assert [(line["levelname"], line["msg"], line["actor"]) for line in told] == [
        ("INFO", "replay.planned", "person:x"),
        ("INFO", "replay.started", "person:y"),
        ("INFO", "replay.finished", "service:import-svc"),
    ]


async def test_a_world_that_moved_asks_for_a_new_plan(stage: Stage) -> None:
    organisation = await _lost(stage)
    await stage.runner()
    replay_id = await stage.plan(organisation=organisation)
    await stage.reach(replay_id, "planned")
    await stage.live(organisation, 3)

    await stage.act(replay_id, "start")
    stale = await stage.reach(replay_id, "stale")

    assert stale.detail is not None
    assert stale.detail.startswith(f"{TARGET}: ")
    assert "Make a new plan" in stale.detail
    assert await stage.effects(organisation) == ["v1", "v2", "v3"]
    assert (await stage.audit(replay_id))[-1][0] == "replay.stale"


async def test_what_was_logged_after_the_plan_is_no_part_of_it(stage: Stage) -> None:
    organisation = await _lost(stage)
    await stage.runner()
    replay_id = await stage.plan(organisation=organisation)
    await stage.reach(replay_id, "planned")
    await stage.log(organisation, 6)
    await stage.act(replay_id, "start")
    await stage.reach(replay_id, "finished")
    assert (await stage.effects(organisation))[-1] == "v5"


async def test_a_result_that_differs_says_where(stage: Stage) -> None:
    organisation = await _lost(stage)
    await stage.runner()
    replay_id = await stage.plan(organisation=organisation)
    await stage.reach(replay_id, "planned")
    stage.failing = {"v4"}
    await stage.act(replay_id, "start")
    finished = await stage.reach(replay_id, "finished")
    assert finished.differences == [
        f"{TARGET}: planned to apply 3, applied 1",
        f"{TARGET}: planned to hold 0, held 1",
        f"{TARGET}: planned to park 0, parked 1",
        f"{TARGET}: effect: inserted 1, planned 3",
    ]


async def test_what_is_found_of_the_parked_only_is_what_the_targets_have_parked(stage: Stage) -> None:
    parked, other = Organisation(), await _lost(stage)
    await stage.log(parked, 1, 2, 3)
    stage.failing = {"v2"}
    await stage.live(parked, 1, 2, 3)
    stage.failing = set()
    await stage.runner()
    ids = [each.administration_id for each in (parked, other)]
    replay_id = await stage.plan(parked_only=True, administration_ids=ids)

    planned = await stage.reach(replay_id, "planned")
    assert planned.found("rehearsal") == (3, 1)
    assert planned.targets[0].counts("rehearsal") == {"apply": 1, "skip": 2, "hold": 0, "park": 0}

    await stage.act(replay_id, "start")
    finished = await stage.reach(replay_id, "finished")
    assert finished.found("run") == (3, 1)
    assert await stage.effects(parked) == ["v1", "v2", "v3"]
    assert await stage.effects(other) == ["v1", "v2"]


async def test_who_reports_nothing_is_done_when_the_broker_has_it(stage: Stage) -> None:
    organisation = await _lost(stage)
    await stage.runner()
    replay_id = await stage.plan(organisation=organisation, target=[FOREIGN])
    planned = await stage.reach(replay_id, "planned")
    assert planned.targets[0].counts("rehearsal") == dict.fromkeys(("apply", "skip", "hold", "park"))
    assert stage.producer.sent[FOREIGN] == []

    await stage.act(replay_id, "start")
    await stage.reach(replay_id, "finished")

    marks = stage.producer.marks(FOREIGN, replay_id)
    assert [(mark.position, mark.total, mark.first, mark.last, mark.upto) for mark in marks] == [
        (1, 5, True, False, 5),
        (2, 5, False, False, 5),
        (3, 5, False, False, 5),
        (4, 5, False, False, 5),
        (5, 5, False, True, 5),
    ]


async def test_nothing_found_is_planned_and_finished_at_once(stage: Stage) -> None:
    await stage.runner()
    replay_id = await stage.plan(organisation=Organisation())
    assert (await stage.get(replay_id)).state == "planned"
    assert (await stage.act(replay_id, "start")).state == "finished"


async def test_two_at_once_send_each_its_own(stage: Stage) -> None:
    one, other = await _lost(stage), await _lost(stage)
    await stage.runner()
    ids = [
        await stage.plan(organisation=organisation, target=[FOREIGN, TARGET]) for organisation in (one, other)
    ]
    for replay_id in ids:
        await stage.reach(replay_id, "planned")
        await stage.act(replay_id, "start")
    for replay_id in ids:
        finished = await stage.reach(replay_id, "finished")
        counts = {each.consumer: each.counts("run") for each in finished.targets}
        assert counts[TARGET] == {"apply": 3, "skip": 2, "hold": 0, "park": 0}
        assert [mark.position for mark in stage.producer.marks(FOREIGN, replay_id)] == [1, 2, 3, 4, 5]
    assert await stage.effects(one) == await stage.effects(other) == ["v1", "v2", "v3", "v4", "v5"]


async def test_an_idle_runner_looks_rarely_and_is_woken_by_what_moves(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_POLLING", Polling(idle=3600.0, attentive=0.08, attentive_for=0.2))
    organisation = await _lost(stage)
    looking = await stage.runner()
    looks = _Looks(looking, monkeypatch)
    await eventually(looks.rests_long)
    replay_id = await stage.plan(organisation=organisation)
    await stage.reach(replay_id, "planned")
    await eventually(looks.rests_long)
    await stage.act(replay_id, "start")
    await stage.reach(replay_id, "finished")
    await eventually(looks.rests_long)


class _Looks:
    """What a runner waits for when it rests."""

    def __init__(self, watched: ReplayRunner, monkeypatch: pytest.MonkeyPatch) -> None:
        self._seconds = 0.0
        rest = watched._rest

        async def noted(seconds: float) -> None:
            self._seconds = seconds
            await rest(seconds)
            self._seconds = 0.0

        monkeypatch.setattr(watched, "_rest", noted)

    async def rests_long(self) -> bool:
        return self._seconds == 3600.0
