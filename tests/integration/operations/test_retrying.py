"""An operator has a parked event tried again."""

import pytest

from koppel.kernel.errors import Conflict, KoppelError, NotFound, Permanent, Transient
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.parked.commands import ParkedEvents
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Database

from .situation import TOPIC, Situation


async def test_a_mended_event_passes_and_its_followers_after_it_in_order(situation: Situation) -> None:
    situation.failing["bad"] = Permanent("refused", "No.")
    await situation.arrive(
        situation.renamed("bad", 1),
        situation.renamed("d", 4),
        situation.renamed("b", 2),
        situation.renamed("c", 3),
    )
    (parked,) = await situation.parked()
    situation.failing.clear()
    await situation.retry.run_due()
    assert await situation.effects() == []  # nobody asked yet
    await situation.parked_events.retry(parked["id"], actor=situation.operator)
    await situation.retry.run_due()
    assert await situation.effects() == ["bad", "b", "c", "d"]
    assert (await situation.parked(), await situation.held(), await situation.position()) == ([], [], 4)


async def test_it_leaves_one_audit_row_that_says_who_and_where(situation: Situation) -> None:
    situation.failing["bad"] = Permanent("refused", "No.")
    await situation.arrive(situation.renamed("bad", 1))
    (parked,) = await situation.parked()
    await situation.parked_events.retry(parked["id"], actor=situation.operator, reason="mended in 1.2")
    (entry,) = await situation.audit()
    assert (entry["action"], entry["actor"], entry["reason"]) == (
        "parked_event.retried",
        situation.operator,
        "mended in 1.2",
    )
    assert entry["target"] == f"parked_event/{parked['id']}/{TOPIC}/0/{parked['offset']}"
    assert entry["organisation_id"] == situation.organisation.organisation_id


async def test_it_has_all_its_attempts_again(situation: Situation) -> None:
    situation.failing["bad"] = Transient("busy", "Later.")
    await situation.arrive(situation.renamed("bad", 1))
    await situation.retry.run_due()
    (parked,) = await situation.parked()
    assert (parked["attempts"], parked["next_attempt_at"]) == (3, None)
    situation.tried.clear()
    await situation.parked_events.retry(parked["id"], actor=situation.operator)
    await situation.retry.run_due()
    (parked,) = await situation.parked()
    assert situation.tried == ["bad"] * 3
    assert (parked["attempts"], parked["next_attempt_at"]) == (3, None)


async def test_one_that_is_not_mended_waits_again_before_its_followers(situation: Situation) -> None:
    situation.failing["bad"] = Permanent("refused", "No.")
    await situation.arrive(situation.renamed("bad", 1), situation.renamed("b", 2))
    (parked,) = await situation.parked()
    situation.failing["bad"] = Permanent("refused_again", "Still no.")
    await situation.parked_events.retry(parked["id"], actor=situation.operator)
    await situation.retry.run_due()
    (again,) = await situation.parked()
    assert (again["id"], again["cause_code"], again["next_attempt_at"]) == (
        parked["id"],
        "refused_again",
        None,
    )
    assert (await situation.effects(), await situation.held()) == ([], [2])


async def test_what_is_not_parked_cannot_be_acted_on(situation: Situation) -> None:
    parked_id = new_id()
    for acted in (
        situation.parked_events.retry(parked_id, actor=situation.operator),
        situation.parked_events.discard(parked_id, actor=situation.operator, reason="x"),
    ):
        with pytest.raises(NotFound) as refused:
            await acted
        assert refused.value.code == "parked_event_not_found"


async def test_another_consumers_event_is_left_alone(situation: Situation, database: Database) -> None:
    await situation.arrive(situation.no_event())
    (parked,) = await situation.parked()
    other = ParkedEvents(database, Subscriptions("other"), RetryPolicy())
    for acted in (
        other.retry(parked["id"], actor=situation.operator),
        other.discard(parked["id"], actor=situation.operator, reason="x"),
    ):
        with pytest.raises(Conflict) as refused:
            await acted
        assert refused.value.code == "parked_by_another_consumer"
    assert await situation.parked() == [parked]


async def test_without_its_audit_row_nothing_happens(situation: Situation) -> None:
    """PostgreSQL refuses the NUL of the reason in the last statement of the transaction."""
    situation.failing["bad"] = Permanent("refused", "No.")
    await situation.arrive(situation.renamed("bad", 1))
    before = await situation.parked()
    with pytest.raises(Exception, match="0x00") as failed:
        await situation.parked_events.retry(before[0]["id"], actor=situation.operator, reason="\x00")
    assert not isinstance(failed.value, KoppelError)
    assert await situation.parked() == before
    assert await situation.audit() == []
