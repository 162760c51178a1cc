"""An operator gives a parked event up: it is never applied, and nothing else is lost."""

from uuid import uuid4

import asyncpg
import pytest

from koppel.kernel.errors import KoppelError, NotFound, Permanent
from koppel.platform.consumer import processor

from .situation import Situation, names


@pytest.fixture
def refusing(situation: Situation) -> Situation:
    situation.failing["bad"] = Permanent("refused", "No.")
    return situation


async def test_its_followers_are_applied_in_order_at_once(refusing: Situation) -> None:
    await refusing.arrive(
        refusing.renamed("a", 1),
        refusing.renamed("bad", 2),
        refusing.renamed("d", 4),
        refusing.renamed("c", 3),
    )
    (parked,) = await refusing.parked()
    result = await refusing.parked_events.discard(
        parked["id"], actor=refusing.operator, reason="sent by mistake"
    )
    assert await refusing.effects() == ["a", "c", "d"]
    assert (await refusing.parked(), await refusing.held(), await refusing.position()) == ([], [], 4)
    assert (result.version, result.head) == (2, 4)
    assert (result.followers_released, result.followers_held, result.next_parked_id) == (2, 0, None)
    (entry,) = await refusing.audit()
    assert (entry["action"], entry["actor"]) == ("parked_event.discarded", refusing.operator)
    assert entry["reason"] == "sent by mistake"


async def test_it_stays_discarded_when_kafka_delivers_it_again(refusing: Situation) -> None:
    bad = refusing.renamed("bad", 1)
    await refusing.arrive(bad)
    (parked,) = await refusing.parked()
    await refusing.parked_events.discard(parked["id"], actor=refusing.operator, reason="x")
    refusing.failing.clear()
    await refusing.arrive(bad, refusing.renamed("b", 2))
    assert (await refusing.effects(), await refusing.parked()) == (["b"], [])


async def test_a_follower_that_fails_is_parked_in_its_turn(refusing: Situation) -> None:
    refusing.failing["worse"] = Permanent("worse", "No.")
    await refusing.arrive(
        refusing.renamed("bad", 1),
        refusing.renamed("b", 2),
        refusing.renamed("worse", 3),
        refusing.renamed("d", 4),
    )
    (parked,) = await refusing.parked()
    result = await refusing.parked_events.discard(parked["id"], actor=refusing.operator, reason="x")
    (worse,) = await refusing.parked()
    assert await refusing.effects() == ["b"]
    assert (worse["version"], worse["cause_code"], await refusing.held()) == (3, "worse", [4])
    assert (result.head, result.followers_released, result.followers_held) == (2, 2, 1)
    assert result.next_parked_id == worse["id"]


async def test_bytes_without_a_version_leave_the_position_where_it_is(situation: Situation) -> None:
    await situation.arrive(
        situation.renamed("a", 1), situation.no_event(), situation.renamed("b", 2), situation.renamed("c", 3)
    )
    assert (await situation.effects(), await situation.held()) == (["a"], [2, 3])
    (parked,) = await situation.parked()
    assert (parked["cause_class"], parked["version"]) == ("malformed", None)
    result = await situation.parked_events.discard(parked["id"], actor=situation.operator, reason="x")
    assert await situation.effects() == ["a", "b", "c"]
    assert (result.version, result.head, await situation.held()) == (None, 3, [])
    assert [entry["action"] for entry in await situation.audit()][-1:] == ["parked_event.discarded"]


async def test_bytes_that_were_given_up_are_not_parked_again_when_kafka_delivers_them_again(
    situation: Situation,
) -> None:
    """Without a version the position cannot say that they are done with."""
    lost = situation.no_event()
    await situation.arrive(situation.renamed("a", 1), lost)
    (parked,) = await situation.parked()
    await situation.parked_events.discard(parked["id"], actor=situation.operator, reason="x")
    await situation.arrive(lost, situation.renamed("b", 2))
    assert (await situation.parked(), await situation.held()) == ([], [])
    await situation.arrive(situation.no_event())
    assert len(await situation.parked()) == 1  # others are not taken for it
    assert await situation.effects() == ["a", "b"]


async def test_followers_wait_while_another_event_of_the_stream_is_parked(refusing: Situation) -> None:
    await refusing.arrive(refusing.renamed("bad", 1), refusing.renamed("b", 2), refusing.no_event())
    versioned, bytes_only = await refusing.parked()
    result = await refusing.parked_events.discard(versioned["id"], actor=refusing.operator, reason="x")
    assert (result.head, result.followers_released, result.next_parked_id) == (1, 0, bytes_only["id"])
    assert (await refusing.effects(), await refusing.held()) == ([], [2])
    await refusing.parked_events.discard(bytes_only["id"], actor=refusing.operator, reason="x")
    assert (await refusing.effects(), await refusing.held()) == (["b"], [])


async def test_a_broken_follower_waits_its_turn_and_costs_no_event_before_it(refusing: Situation) -> None:
    """Parked ahead of its turn it could be discarded first, and the position would jump over what is held."""
    await refusing.arrive(
        refusing.renamed("bad", 1), refusing.broken(3), refusing.renamed("b", 2), refusing.renamed("d", 4)
    )
    assert names(await refusing.parked(), "version") == [1]
    await refusing.parked_events.discard(
        (await refusing.parked())[0]["id"], actor=refusing.operator, reason="x"
    )
    assert (await refusing.effects(), names(await refusing.parked(), "version")) == (["b"], [3])
    await refusing.parked_events.discard(
        (await refusing.parked())[0]["id"], actor=refusing.operator, reason="x"
    )
    assert (await refusing.effects(), await refusing.held(), await refusing.position()) == (["b", "d"], [], 4)


async def test_a_broken_event_ahead_of_a_gap_waits_for_it(situation: Situation) -> None:
    await situation.arrive(situation.broken(2), situation.renamed("c", 3))
    assert (await situation.parked(), await situation.held()) == ([], [2, 3])
    await situation.arrive(situation.renamed("a", 1))
    assert names(await situation.parked(), "version") == [2]
    assert (await situation.effects(), await situation.held()) == (["a"], [3])


async def test_a_superseded_state_does_not_take_the_position_back(situation: Situation) -> None:
    situation.failing["revision 1"] = Permanent("refused", "No.")
    external_id = str(uuid4())
    old, new = situation.record(external_id, 1), situation.record(external_id, 2)
    await situation.arrive(old)
    await situation.arrive(new)
    (parked,) = await situation.parked()
    result = await situation.parked_events.discard(
        parked["id"], actor=situation.operator, reason="superseded"
    )
    assert (result.version, result.head, await situation.position(new.key)) == (1, 2, 2)
    await situation.arrive(new)
    assert await situation.effects() == ["revision 2"]


async def test_a_second_discard_finds_nothing_and_changes_nothing(refusing: Situation) -> None:
    await refusing.arrive(refusing.renamed("bad", 1), refusing.renamed("b", 2))
    (parked,) = await refusing.parked()
    await refusing.parked_events.discard(parked["id"], actor=refusing.operator, reason="x")
    with pytest.raises(NotFound):
        await refusing.parked_events.discard(parked["id"], actor=refusing.operator, reason="x")
    assert len(await refusing.audit()) == 1
    assert await refusing.effects() == ["b"]


@pytest.mark.parametrize("why", ["the audit row is refused", "the database goes away under a follower"])
async def test_what_fails_on_the_way_leaves_nothing_behind(refusing: Situation, why: str) -> None:
    await refusing.arrive(refusing.renamed("bad", 1), refusing.renamed("b", 2), refusing.renamed("c", 3))
    before = await refusing.parked()
    reason = "x"
    if why == "the audit row is refused":
        reason = "\x00"
    else:
        refusing.failing["c"] = asyncpg.ConnectionDoesNotExistError("gone")
    with pytest.raises(Exception, match=r"0x00|gone") as failed:
        await refusing.parked_events.discard(before[0]["id"], actor=refusing.operator, reason=reason)
    assert not isinstance(failed.value, KoppelError)
    assert "b" in refusing.tried
    assert (await refusing.effects(), await refusing.audit()) == ([], [])
    assert (await refusing.parked(), await refusing.held(), await refusing.position()) == (before, [2, 3], 0)


async def test_many_followers_are_applied_in_shares(
    refusing: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction takes its share, the job that tries again the others; new arrivals keep behind them."""
    monkeypatch.setattr(processor, "FOLLOWERS", 2)
    await refusing.arrive(refusing.renamed("bad", 1), *(refusing.renamed(f"{n}", n) for n in range(2, 8)))
    (parked,) = await refusing.parked()
    result = await refusing.parked_events.discard(parked["id"], actor=refusing.operator, reason="x")
    assert (result.head, result.followers_released, result.followers_held) == (3, 2, 4)
    await refusing.arrive(refusing.renamed("8", 8))
    assert await refusing.effects() == ["2", "3", "4", "5"]
    await refusing.retry.run_due()
    assert await refusing.effects() == [f"{n}" for n in range(2, 9)]
    assert (await refusing.held(), await refusing.position()) == ([], 8)
