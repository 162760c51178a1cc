"""An operator has everything that was parked for one cause tried again, or only what would pass."""

import asyncio

import pytest

from koppel.kernel.errors import Conflict, Permanent
from koppel.platform.consumer.parked import releases
from koppel.platform.consumer.parked.selector import CauseSelector, IdSelector

from .situation import Situation, names


async def _break(situation: Situation, code: str, number: int) -> None:
    situation.failing[code] = Permanent(code, "No.")
    await situation.arrive(*(situation.elsewhere(code, 1) for _ in range(number)))


@pytest.mark.parametrize("batch", [2, 200])
async def test_all_of_one_cause_are_due_and_the_others_are_not(
    situation: Situation, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(releases, "_BATCH", batch)
    await _break(situation, "mended", 5)
    await _break(situation, "other", 2)
    situation.failing.clear()
    released = await situation.release(CauseSelector(situation.consumer, "mended"), reason="1.2 is out")
    assert len(released) == 5
    await situation.retry.run_due()
    assert await situation.effects() == ["mended"] * 5
    assert names(await situation.parked(), "cause_code") == ["other"] * 2
    (entry,) = await situation.audit()
    assert (entry["action"], entry["reason"]) == ("parked_events.retried", "1.2 is out")
    assert entry["target"] == f"parked_event/5/cause/{situation.consumer}/*/mended/*"


async def test_a_cause_may_be_narrowed_by_class_and_type(situation: Situation) -> None:
    await _break(situation, "refused", 2)
    for pick in (
        CauseSelector(situation.consumer, "refused", kind="malformed"),
        CauseSelector(situation.consumer, "refused", type="nl.koppel.RecordChanged.v1"),
    ):
        assert await situation.release(pick) == set()
    assert await situation.audit() == []
    pick = CauseSelector(situation.consumer, "refused", "permanent", "nl.koppel.AdministrationRenamed.v1")
    assert len(await situation.release(pick)) == 2


async def test_what_fails_again_is_not_released_twice_by_one_act(
    situation: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "_BATCH", 1)
    await _break(situation, "refused", 3)
    situation.tried.clear()
    pick = CauseSelector(situation.consumer, "refused")
    act = asyncio.create_task(situation.release(pick))
    while not act.done():
        await situation.retry.run_due()
    await situation.retry.run_due()
    assert (len(await act), situation.tried) == (3, ["refused"] * 3)


async def test_named_events_only(situation: Situation) -> None:
    await _break(situation, "refused", 3)
    first, second, third = names(await situation.parked(), "id")
    situation.failing.clear()
    pick = IdSelector((first, third))  # type: ignore[arg-type]
    released = await situation.release(pick)
    await situation.retry.run_due()
    assert set(released) == {first, third}
    assert names(await situation.parked(), "id") == [second]
    (entry,) = await situation.audit()
    assert entry["target"] == f"parked_event/2/{first},{third}"


async def test_another_consumers_cause_is_refused(situation: Situation) -> None:
    with pytest.raises(Conflict) as refused:
        await situation.release(CauseSelector("other", "x"))
    assert refused.value.code == "parked_by_another_consumer"


async def test_the_streams_are_locked_before_the_rows(situation: Situation) -> None:
    """As everybody who writes parked rows does: the other order deadlocks with them."""
    await _break(situation, "refused", 2)
    pick = CauseSelector(situation.consumer, "refused")
    async with situation.database.system() as consumer:
        await consumer.execute(
            "select 1 from consumer_head where consumer = $1 for update", situation.consumer
        )
        act = asyncio.create_task(situation.release(pick))
        await situation.until_waiting(1)
        await consumer.execute(
            "select 1 from parked_event where consumer = $1 for update nowait", situation.consumer
        )
    assert len(await act) == 2


async def test_nothing_is_released_without_its_audit_row(situation: Situation) -> None:
    await _break(situation, "refused", 2)
    before = await situation.parked()
    with pytest.raises(Exception, match="0x00"):
        await situation.release(CauseSelector(situation.consumer, "refused"), reason="\x00")
    assert await situation.parked() == before
