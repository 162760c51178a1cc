"""Pause, cancel, death and take-over: nothing is lost, nothing is sent out of order."""

from datetime import timedelta
from typing import Any

import pytest

from koppel.kernel.errors import Conflict, NotFound
from koppel.kernel.ids import new_id
from koppel.platform.replay import ReplayRunner
from koppel.platform.replay.states import Act
from koppel.testing.eventually import eventually
from koppel.testing.organisations import Organisation

from .stage import FOREIGN, TARGET, Stage

MANY = 60
_SHORT = timedelta(seconds=1)


async def _running(stage: Stage, *, mode: Any = "repair", rate: int = 40, organisations: int = 1) -> Any:
    """A replay to a consumer that reports nothing, started, with its first records sent."""
    made = [Organisation() for _ in range(organisations)]
    for organisation in made:
        await stage.log(organisation, *range(1, MANY + 1))
    replay_id = await stage.plan(
        target=[FOREIGN], mode=mode, rate=rate, administration_ids=[each.administration_id for each in made]
    )
    assert (await stage.act(replay_id, "start")).state == "running"

    async def some() -> bool:
        return bool(stage.producer.marks(FOREIGN, replay_id))

    await eventually(some)
    return replay_id


def _positions(stage: Stage, replay_id: Any) -> list[int]:
    return [mark.position for mark in stage.producer.marks(FOREIGN, replay_id)]


async def _idle(stage: Stage, replay_id: Any) -> None:
    async def idle() -> bool:
        held = await stage.rows("select 1 from lease where kind = 'replay' and subject = $1", replay_id)
        return not held and not (await stage.get(replay_id)).working

    await eventually(idle, what="a replay that nobody works on")


async def test_a_pause_sends_nothing_and_the_resumed_goes_on_where_it_stopped(stage: Stage) -> None:
    await stage.runner()
    replay_id = await _running(stage)
    assert (await stage.act(replay_id, "pause")).state == "paused"
    await _idle(stage, replay_id)
    sent = _positions(stage, replay_id)
    assert 0 < len(sent) < MANY
    await stage.act(replay_id, "resume")
    await stage.reach(replay_id, "finished")
    assert _positions(stage, replay_id) == list(range(1, MANY + 1))


async def test_a_cancelled_one_sends_nothing_more_and_forgets_its_pick(stage: Stage) -> None:
    await stage.runner()
    replay_id = await _running(stage)
    assert (await stage.act(replay_id, "cancel")).state == "cancelled"
    await _idle(stage, replay_id)
    assert len(_positions(stage, replay_id)) < MANY
    assert await stage.picked(replay_id) == []
    assert [row[0] for row in await stage.audit(replay_id)] == [
        "replay.planned",
        "replay.started",
        "replay.cancelled",
    ]


@pytest.mark.parametrize("act", ["cancel", "pause"])
async def test_a_rebuild_ends_the_stream_in_hand_first(stage: Stage, act: Act) -> None:
    await stage.runner()
    replay_id = await _running(stage, mode="rebuild", rate=200, organisations=3)
    assert (await stage.act(replay_id, act)).state in ("cancelling", "cancelled", "paused")
    replay = await stage.reach(replay_id, "cancelled", "paused")
    await _idle(stage, replay_id)
    marks = stage.producer.marks(FOREIGN, replay_id)
    assert marks[-1].last
    assert len(marks) < 3 * MANY
    assert replay.detail is None


@pytest.mark.parametrize("lost", [False, True])
async def test_a_cancelled_rebuild_is_cut_and_a_repair_brings_the_rest(stage: Stage, lost: bool) -> None:
    """However long the stream in hand is. When the answer is lost, the same records go once more."""
    await stage.runner()
    replay_id = await _running(stage, mode="rebuild")
    stage.producer.lose_cut = lost
    await stage.act(replay_id, "cancel")
    await stage.reach(replay_id, "cancelled")
    marks = stage.producer.marks(FOREIGN, replay_id)
    assert [mark.position for mark in marks if mark.cut] == [marks[-1].position] * (2 if lost else 1)
    assert marks[-1].last
    assert marks[-1].position < MANY

    rows = await stage.rows("select id from replay where reason like $1", f"%{replay_id}%")
    assert [row["id"] for row in rows] == [rows[0]["id"]]
    rest = await stage.reach(rows[0]["id"], "finished")
    assert (rest.mode, rest.actor) == ("repair", "person:x")
    assert rest.filter["streams"][0]["from_version"] == marks[-1].position + 1
    assert _positions(stage, rest.id) == list(range(1, MANY - marks[-1].position + 1))
    assert stage.producer.marks(FOREIGN, rest.id)[-1].upto == MANY


async def test_a_sender_is_not_far_ahead_of_what_its_target_reports(stage: Stage) -> None:
    """What lies on the replay topic comes, whatever is cancelled."""
    organisation, most = Organisation(), 500
    await stage.log(organisation, *range(1, most + 200))
    await stage.runner()
    replay_id = await stage.plan(organisation=organisation)

    async def enough() -> bool:
        return len(stage.producer.marks(TARGET, replay_id, "rehearsal")) >= most

    await eventually(enough)
    assert (await stage.act(replay_id, "cancel")).state in ("cancelling", "cancelled")
    await _idle(stage, replay_id)
    assert (await stage.get(replay_id)).state == "cancelled"
    assert len(stage.producer.marks(TARGET, replay_id, "rehearsal")) == most


async def test_another_process_takes_over_after_a_death(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("koppel.platform.replay.sender.runner.LEASE_TTL", _SHORT)
    dying = await stage.runner()
    replay_id = await _running(stage)
    await _kill(stage, dying)
    before = len(_positions(stage, replay_id))
    await stage.runner()
    await stage.reach(replay_id, "finished")
    positions = _positions(stage, replay_id)
    assert before < MANY
    assert list(dict.fromkeys(positions)) == list(
        range(1, MANY + 1)
    )  # some perhaps twice, each first in its turn


async def test_what_was_sent_but_not_recorded_is_sent_again(stage: Stage) -> None:
    await stage.runner()
    replay_id = await _running(stage)
    await stage.act(replay_id, "pause")
    await _idle(stage, replay_id)
    await stage.rows(
        "update replay_target set run_at = 0, run_sent = 0 where replay_id = $1 returning 1", replay_id
    )
    sent = len(_positions(stage, replay_id))
    await stage.act(replay_id, "resume")
    await stage.reach(replay_id, "finished")
    assert _positions(stage, replay_id)[sent:] == list(range(1, MANY + 1))


async def test_a_broker_that_is_away_is_waited_for(stage: Stage) -> None:
    await stage.runner()
    replay_id = await _running(stage)
    stage.producer.away = True

    async def nobody() -> bool:
        return not await stage.rows("select 1 from lease where kind = 'replay' and subject = $1", replay_id)

    await eventually(nobody, what="a sender that gave up for now")
    assert (await stage.get(replay_id)).state == "running"
    stage.producer.away = False
    await stage.reach(replay_id, "finished")
    assert _positions(stage, replay_id) == list(range(1, MANY + 1))


async def test_what_the_log_dropped_meanwhile_makes_it_stale(stage: Stage) -> None:
    organisation = Organisation()
    await stage.log(organisation, 1, 2, 3)
    replay_id = await stage.plan(target=[FOREIGN], organisation=organisation)
    await stage.rows(
        "update replay_event set seq = -1 where replay_id = $1 and position = 2 returning 1", replay_id
    )
    await stage.runner()
    await stage.act(replay_id, "start")
    stale = await stage.reach(replay_id, "stale")
    assert "does not hold event 2" in (stale.detail or "")


@pytest.mark.parametrize(
    ("state", "act", "code"),
    [
        ("planning", "start", "replay_planning"),
        ("planned", "pause", "replay_planned"),
        ("planned", "resume", "replay_planned"),
        ("paused", "start", "replay_paused"),
        ("finished", "start", "replay_finished"),
        ("finished", "cancel", "replay_finished"),
        ("cancelled", "resume", "replay_cancelled"),
        ("stale", "start", "replay_stale"),
        ("cancelling", "start", "replay_cancelling"),
    ],
)
async def test_acts_that_make_no_sense(stage: Stage, state: str, act: Act, code: str) -> None:
    replay_id = await _in(stage, state)
    with pytest.raises(Conflict) as refused:
        await stage.act(replay_id, act)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("state", "act"),
    [
        ("running", "start"),
        ("running", "resume"),
        ("paused", "pause"),
        ("cancelled", "cancel"),
        ("cancelling", "cancel"),
    ],
)
async def test_an_act_again_changes_nothing(stage: Stage, state: str, act: Act) -> None:
    replay_id = await _in(stage, state)
    before = await stage.audit(replay_id)
    assert (await stage.act(replay_id, act)).state == state
    assert await stage.audit(replay_id) == before


async def test_an_unknown_one_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFound):
        await stage.act(new_id(), "start")


async def _in(stage: Stage, state: str) -> Any:
    organisation = Organisation()
    await stage.log(organisation, 1)
    replay_id = await stage.plan(target=[FOREIGN], organisation=organisation)
    await stage.rows("update replay set state = $2 where id = $1 returning 1", replay_id, state)
    return replay_id


async def _kill(stage: Stage, runner: ReplayRunner) -> None:
    """As kill -9 does: no lease is released, nothing is recorded."""
    stage.runners.remove(runner)

    async def never(*_: object) -> None:
        return None

    runner._leases.release = never  # type: ignore[assignment,method-assign]
    await runner.stop()
