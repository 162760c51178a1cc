"""Two at once: whoever comes second sees what the first did, and neither waits for ever."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from assignment_svc.application.apply_plan import apply_plan
from assignment_svc.application.remove_user import remove_user
from assignment_svc.domain.directory import EntryKind
from assignment_svc.domain.plan import Setting, UsersMode, Wanted
from assignment_svc.domain.staleness import PlanStale
from koppel.contracts.values import Role
from koppel.kernel.errors import Conflict
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.testing.administrations import imported, removed
from koppel.testing.deliveries import delivery


async def second_during_first(organisation: Any, first: Any, second: Coroutine[Any, Any, Any]) -> Any:
    """Run `first` in an open transaction, start `second`, commit once it waits; the second's result or error."""
    async with organisation.work.begin(organisation.id) as tx:
        await first(tx)
        waiting = asyncio.create_task(second)
        await asyncio.wait(
            {waiting, asyncio.create_task(organisation.blocked(1))},
            return_when=asyncio.FIRST_COMPLETED,
            timeout=10,
        )
        assert not waiting.done(), "the second act did not wait for the first"
    return (await asyncio.gather(waiting, return_exceptions=True))[0]


async def test_two_applies_of_one_plan_change_once(organisation: Any) -> None:
    user = await organisation.user()
    await organisation.administrations(20)
    plan_id = await organisation.plan_users(UsersMode.ADD, user)
    outcomes = await asyncio.gather(*(organisation.apply(plan_id) for _ in range(4)))
    assert sorted(outcome.written for outcome in outcomes) == [0, 0, 0, 20]
    assert all(outcome.items == outcomes[0].items for outcome in outcomes)
    assert {each.version for each in await organisation.assignments()} == {2}


async def test_of_two_plans_at_once_one_is_stale(organisation: Any) -> None:
    one, two = await organisation.user(), await organisation.user()
    await organisation.administrations(20)
    plans = [await organisation.plan_users(UsersMode.ADD, user) for user in (one, two)]
    results = await asyncio.gather(*(organisation.apply(plan) for plan in plans), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Outcome", "PlanStale"]
    assert {(each.version, len(each.placement.user_ids)) for each in await organisation.assignments()} == {
        (2, 1)
    }


async def test_an_apply_and_an_import_do_not_wait_for_each_other(
    organisation: Any, processor: Processor, consumer: Subscriptions
) -> None:
    user = await organisation.user(Role.BEHEERDER)
    await organisation.administrations(5)
    plan_id = await organisation.plan_users(UsersMode.REMOVE, user)
    async with organisation.work.begin(organisation.id) as tx:
        await apply_plan(tx, organisation.caller, plan_id)
        async with asyncio.timeout(10):
            await processor.apply([delivery(imported(organisation.id), 1, consumer)])
    placements = [each.placement.user_ids for each in await organisation.assignments()]
    assert sorted(placements) == [()] * 5 + [(user,)], "the newcomer is not the plan's"


async def test_a_removal_during_an_apply_ends_what_was_applied(
    organisation: Any, processor: Processor, consumer: Subscriptions
) -> None:
    user = await organisation.user()
    gone, _ = await organisation.administrations(2)
    plan_id = await organisation.plan_users(UsersMode.ADD, user)
    await second_during_first(
        organisation,
        lambda tx: apply_plan(tx, organisation.caller, plan_id),
        processor.apply([delivery(removed(gone), 2, consumer)]),
    )
    assert [version for version, _, _ in await organisation.events(gone.administration_id)] == [1, 2, 3]
    assert len(await organisation.assignments()) == 1


async def test_an_apply_during_a_users_deletion_is_stale(organisation: Any) -> None:
    user = await organisation.user()
    await organisation.administrations(2)
    plan_id = await organisation.plan_users(UsersMode.ADD, user)
    result = await second_during_first(
        organisation, lambda tx: remove_user(tx, organisation.caller, user), organisation.apply(plan_id)
    )
    assert isinstance(result, PlanStale)
    assert all(each.placement.user_ids == () for each in await organisation.assignments())


async def test_a_users_deletion_during_an_apply_takes_the_user_out_again(organisation: Any) -> None:
    user = await organisation.user()
    await organisation.administrations(2)
    plan_id = await organisation.plan_users(UsersMode.ADD, user)
    changed = await second_during_first(
        organisation, lambda tx: apply_plan(tx, organisation.caller, plan_id), organisation.remove_user(user)
    )
    assert changed == 2
    assert [(each.placement.user_ids, each.version) for each in await organisation.assignments()] == [
        ((), 3)
    ] * 2


async def test_a_divisions_deletion_during_an_apply_is_refused(organisation: Any) -> None:
    division = await organisation.entry(EntryKind.DIVISION)
    await organisation.administrations(1)
    plan_id = await organisation.plan(Wanted(division=Setting(division)))
    result = await second_during_first(
        organisation,
        lambda tx: apply_plan(tx, organisation.caller, plan_id),
        organisation.remove_entry(EntryKind.DIVISION, division),
    )
    assert isinstance(result, Conflict)
    assert result.code == "division_in_use"


async def test_many_acts_at_once_end_without_deadlock(
    organisation: Any, processor: Processor, consumer: Subscriptions
) -> None:
    users = [await organisation.user() for _ in range(4)]
    await organisation.administrations(30)
    plans = [await organisation.plan_users(UsersMode.ADD, user) for user in users]
    newcomers = [[delivery(imported(organisation.id), 1, consumer) for _ in range(10)] for _ in range(4)]
    async with asyncio.timeout(30):
        results = await asyncio.gather(
            *(organisation.apply(plan) for plan in plans),
            *(organisation.remove_user(user) for user in users[:2]),
            *(processor.apply(batch) for batch in newcomers),
            return_exceptions=True,
        )
    assert all(not isinstance(each, Exception) or isinstance(each, PlanStale) for each in results)
    for assignment in await organisation.assignments():
        versions = [version for version, _, _ in await organisation.events(assignment.administration_id)]
        assert versions == list(range(1, assignment.version + 1))
        assert not set(assignment.placement.user_ids) & set(users[:2])
