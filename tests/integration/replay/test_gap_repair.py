"""A consumer that misses versions asks the owner, who sends them without being told to by anybody."""

from datetime import UTC, datetime
from typing import Any

from koppel.contracts.replay import NO_ORGANISATION, GapFound
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.processor import Processor
from koppel.testing.deliveries import delivery
from koppel.testing.organisations import Organisation

from .stage import FOREIGN, TARGET, TOPIC, Stage


async def _ask(stage: Stage, organisation: Organisation, low: int, high: int, **changes: Any) -> None:
    told = GapFound(
        organisation_id=NO_ORGANISATION,
        consumer=TARGET,
        stream_topic=TOPIC,
        stream_key=str(organisation.administration_id),
        from_version=low,
        to_version=high,
        found_at=datetime.now(UTC),
    ).model_copy(update=changes)
    await Processor(stage.database, stage.heard, RetryPolicy()).apply([delivery(told, 1, stage.heard)])


async def _repairs(stage: Stage, organisation: Organisation) -> list[Any]:
    return await stage.rows(
        "select * from replay where gap like '%' || $1", str(organisation.administration_id)
    )


async def test_what_is_missing_comes_and_what_waited_follows(stage: Stage) -> None:
    organisation = Organisation()
    await stage.log(organisation, 1, 2, 3, 4)
    await stage.live(organisation, 1)
    await stage.live(organisation, 4)
    await stage.runner()

    await _ask(stage, organisation, 2, 3)
    (repair,) = await _repairs(stage, organisation)
    finished = await stage.reach(repair["id"], "finished")

    assert await stage.effects(organisation) == ["v1", "v2", "v3", "v4"]
    assert (finished.actor, finished.reason, finished.events) == (f"consumer:{TARGET}", "gap", 2)
    assert await stage.audit(repair["id"]) == [
        ("replay.started", f"consumer:{TARGET}", "gap"),
        ("replay.finished", "service:import-svc", "gap"),
    ]


async def test_asked_again_soon_it_is_done_once(stage: Stage) -> None:
    organisation = Organisation()
    await stage.log(organisation, 1, 2, 3)
    for _ in range(3):
        await _ask(stage, organisation, 1, 2)
    assert len(await _repairs(stage, organisation)) == 1


async def test_asked_again_later_it_is_done_again_unless_one_is_unfinished(stage: Stage) -> None:
    organisation = Organisation()
    await stage.log(organisation, 1, 2, 3)
    await _ask(stage, organisation, 1, 2)
    (first,) = await _repairs(stage, organisation)
    earlier = "update replay set created_at = created_at - interval '11 seconds' where id = $1 returning 1"
    await stage.rows(earlier, first["id"])
    await _ask(stage, organisation, 1, 2)
    assert len(await _repairs(stage, organisation)) == 1
    await stage.runner()
    await stage.reach(first["id"], "finished")
    await _ask(stage, organisation, 1, 2)
    assert len(await _repairs(stage, organisation)) == 2


async def test_a_gap_of_nothing_that_the_log_has_is_finished_at_once(stage: Stage) -> None:
    organisation = Organisation()
    await _ask(stage, organisation, 1, 2)
    (repair,) = await _repairs(stage, organisation)
    assert (repair["state"], repair["events"]) == ("finished", 0)
    await _ask(stage, organisation, 1, 2)  # soon after: what the log lacked it lacks still
    assert len(await _repairs(stage, organisation)) == 1


async def test_a_foreign_consumer_may_ask_too(stage: Stage) -> None:
    organisation = Organisation()
    await stage.log(organisation, 1, 2, 3)
    await stage.runner()
    await _ask(stage, organisation, 2, 2, consumer=FOREIGN)
    (repair,) = await _repairs(stage, organisation)
    await stage.reach(repair["id"], "finished")
    assert [mark.upto for mark in stage.producer.marks(FOREIGN, repair["id"])] == [2]


async def test_what_nobody_can_miss_is_not_repaired(stage: Stage) -> None:
    organisation = Organisation()
    await stage.log(organisation, 1, 2, 3)
    await _ask(stage, organisation, 1, 2, consumer="stranger-svc")
    await _ask(stage, organisation, 1, 2, consumer="../x")
    await _ask(stage, organisation, 1, 2, consumer="import-svc")
    await _ask(stage, organisation, 3, 2)
    await _ask(stage, organisation, 1, 2, stream_topic="koppel.sync.v1")
    assert await _repairs(stage, organisation) == []
