"""A plan that is applied to what still is as it was planned."""

from typing import Any

from assignment_svc.domain.directory import EntryKind
from assignment_svc.domain.plan import Conflicting, PlanState, Setting, UsersMode, Wanted
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.testing.administrations import removed
from koppel.testing.deliveries import delivery


async def test_what_still_holds_is_applied_and_the_rest_say_why_not(
    organisation: Any, processor: Processor, consumer: Subscriptions
) -> None:
    north, south = await organisation.entry(EntryKind.DIVISION), await organisation.entry(EntryKind.DIVISION)
    moved, gone, *holding = await organisation.administrations(5)
    plan_id = await organisation.plan(Wanted(division=Setting(north)))
    await organisation.apply(await organisation.plan_division(south, moved.administration_id))
    await processor.apply([delivery(removed(gone), 2, consumer)])
    first, again = (
        await organisation.apply(plan_id, partial=True),
        await organisation.apply(plan_id, partial=True),
    )
    assert [item.conflict for item in first.items] == [
        Conflicting.REASSIGNED,
        Conflicting.REMOVED,
        None,
        None,
        None,
    ]
    assert [item.applied_version for item in first.items] == [None, None, 2, 2, 2]
    assert (first.items, first.plan) == (again.items, again.plan)
    assert (first.written, again.written) == (3, 0)
    divisions = {
        each.administration_id: each.placement.division_id for each in await organisation.assignments()
    }
    assert divisions == {
        moved.administration_id: south,
        **{each.administration_id: north for each in holding},
    }
    assert len(await organisation.events(moved.administration_id)) == 2


async def test_an_undo_brings_back_only_what_was_applied(organisation: Any) -> None:
    north, south = await organisation.entry(EntryKind.DIVISION), await organisation.entry(EntryKind.DIVISION)
    moved, _ = await organisation.administrations(2)
    plan_id = await organisation.plan(Wanted(division=Setting(north)))
    await organisation.apply(await organisation.plan_division(south, moved.administration_id))
    await organisation.apply(plan_id, partial=True)
    undone = await organisation.undo(plan_id)
    assert undone.plan.state is PlanState.UNDONE
    assert [each.placement.division_id for each in await organisation.assignments()] == [south, None]


async def test_where_nothing_holds_any_more_nothing_changes(organisation: Any) -> None:
    user, division = await organisation.user(), await organisation.entry(EntryKind.DIVISION)
    await organisation.administrations(2)
    for_user = await organisation.plan_users(UsersMode.ADD, user)
    for_division = await organisation.plan(Wanted(division=Setting(division)))
    await organisation.remove_user(user)
    await organisation.remove_entry(EntryKind.DIVISION, division)
    before = await organisation.assignments()
    for plan_id, why in (
        (for_user, Conflicting.USER_DELETED),
        (for_division, Conflicting.DIVISION_DELETED),
    ):
        outcome = await organisation.apply(plan_id, partial=True)
        assert [item.conflict for item in outcome.items] == [why] * 2
        assert outcome.written == 0
    assert await organisation.assignments() == before
