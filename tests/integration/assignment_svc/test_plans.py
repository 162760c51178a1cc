"""Planning, applying and undoing on a real database."""

from typing import Any

import pytest

from assignment_svc.application.make_plan import Chosen, Everything, OfImport
from assignment_svc.domain.assignment import Rule
from assignment_svc.domain.directory import EntryKind
from assignment_svc.domain.plan import PlanState, Setting, UsersMode, Wanted
from assignment_svc.domain.staleness import PlanStale
from koppel.contracts.values import Role
from koppel.kernel.errors import Conflict, InvalidInput, NotFound
from koppel.kernel.ids import new_id
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Database
from koppel.testing.administrations import removed
from koppel.testing.deliveries import delivery

ASSIGNED = "nl.koppel.AdministrationAssigned.v1"


async def test_planning_changes_nothing(organisation: Any) -> None:
    division = await organisation.entry(EntryKind.DIVISION)
    [event] = await organisation.administrations(1)
    before = await organisation.assignments()
    await organisation.plan(Wanted(division=Setting(division)))
    assert await organisation.assignments() == before
    assert len(await organisation.events(event.administration_id)) == 1


async def test_applying_changes_what_was_planned_and_says_so_once_each(organisation: Any) -> None:
    beheerder, other = await organisation.user(Role.BEHEERDER), await organisation.user()
    division, template = (
        await organisation.entry(EntryKind.DIVISION),
        await organisation.entry(EntryKind.TEMPLATE),
    )
    events = await organisation.administrations(3)
    plan_id = await organisation.plan(Wanted(division=Setting(division), template=Setting(template)))
    await organisation.apply(plan_id)
    await organisation.apply(await organisation.plan_users(UsersMode.ADD, other))
    for event, assignment in zip(events, await organisation.assignments(), strict=True):
        assert (assignment.placement.division_id, assignment.placement.template_id) == (division, template)
        assert set(assignment.placement.user_ids) == {beheerder, other}
        assert (assignment.rule, assignment.version) == (Rule.PLAN, 3)
        history = await organisation.events(event.administration_id)
        assert [kind for _, kind, _ in history] == [ASSIGNED] * 3
        assert history[1][2]["plan_id"] == str(plan_id)
        assert history[2][2]["division_id"] == str(division), "each event states the whole assignment"


async def test_an_unchanged_administration_gets_no_event(organisation: Any) -> None:
    division = await organisation.entry(EntryKind.DIVISION)
    first, second = await organisation.administrations(2)
    await organisation.apply(await organisation.plan_division(division, first.administration_id))
    outcome = await organisation.apply(await organisation.plan(Wanted(division=Setting(division))))
    assert [item.applied_version for item in outcome.items] == [None, 2]
    assert len(await organisation.events(first.administration_id)) == 2
    assert len(await organisation.events(second.administration_id)) == 2


async def test_a_second_apply_answers_as_the_first(organisation: Any) -> None:
    user = await organisation.user()
    await organisation.administrations(5)
    plan_id = await organisation.plan_users(UsersMode.ADD, user)
    first, second = await organisation.apply(plan_id), await organisation.apply(plan_id)
    assert (first.items, first.plan) == (second.items, second.plan)
    assert (first.written, second.written) == (5, 0)
    assert {each.version for each in await organisation.assignments()} == {2}


async def test_undo_restores_exactly_what_was(organisation: Any) -> None:
    beheerder, other = await organisation.user(Role.BEHEERDER), await organisation.user()
    north, south = await organisation.entry(EntryKind.DIVISION), await organisation.entry(EntryKind.DIVISION)
    first, second = await organisation.administrations(2)
    earlier = await organisation.plan_division(north, first.administration_id)
    await organisation.apply(earlier)
    before = await organisation.assignments()
    plan_id = await organisation.plan(Wanted(division=Setting(south)))
    await organisation.apply(plan_id)
    undone, again = await organisation.undo(plan_id), await organisation.undo(plan_id)
    assert undone.plan.state is PlanState.UNDONE
    assert (undone.items, undone.plan) == (again.items, again.plan)
    after = await organisation.assignments()
    assert [(each.placement, each.rule, each.plan_id) for each in after] == [
        (each.placement, each.rule, each.plan_id) for each in before
    ]
    assert [each.version for each in after] == [each.version + 2 for each in before]
    _, _, restored = (await organisation.events(second.administration_id))[-1]
    assert (restored["division_id"], restored["rule"], restored["plan_id"]) == (None, "default", None)
    assert {beheerder, other} >= set(after[0].placement.user_ids)


async def test_an_undone_plan_is_over(organisation: Any) -> None:
    user = await organisation.user()
    await organisation.administrations(1)
    plan_id = await organisation.plan_users(UsersMode.ADD, user)
    with pytest.raises(Conflict) as refused:
        await organisation.undo(plan_id)
    assert refused.value.code == "plan_not_applied"
    await organisation.apply(plan_id)
    await organisation.undo(plan_id)
    with pytest.raises(Conflict) as refused:
        await organisation.apply(plan_id)
    assert refused.value.code == "plan_undone"


async def test_a_plan_of_a_moved_world_changes_nothing(organisation: Any) -> None:
    user, north = await organisation.user(), await organisation.entry(EntryKind.DIVISION)
    moved, _ = await organisation.administrations(2)
    stale = await organisation.plan(Wanted(division=Setting(north)))
    await organisation.apply(await organisation.plan_division(north, moved.administration_id))
    before = await organisation.assignments()
    with pytest.raises(PlanStale, match=f"{moved.administration_id} \\(reassigned\\)"):
        await organisation.apply(stale)
    assert await organisation.assignments() == before
    assert user not in before[0].placement.user_ids


async def test_an_undo_in_a_moved_world_changes_nothing(organisation: Any) -> None:
    north, south = await organisation.entry(EntryKind.DIVISION), await organisation.entry(EntryKind.DIVISION)
    moved, _ = await organisation.administrations(2)
    plan_id = await organisation.plan(Wanted(division=Setting(north)))
    await organisation.apply(plan_id)
    await organisation.apply(await organisation.plan_division(south, moved.administration_id))
    before = await organisation.assignments()
    with pytest.raises(PlanStale, match=str(moved.administration_id)):
        await organisation.undo(plan_id)
    assert await organisation.assignments() == before


async def test_a_removed_administration_makes_a_plan_stale(
    organisation: Any, processor: Processor, consumer: Subscriptions
) -> None:
    user = await organisation.user()
    gone, _ = await organisation.administrations(2)
    plan_id = await organisation.plan_users(UsersMode.ADD, user)
    await processor.apply([delivery(removed(gone), 2, consumer)])
    with pytest.raises(PlanStale, match=f"{gone.administration_id} \\(removed\\)"):
        await organisation.apply(plan_id)


async def test_a_deleted_user_or_division_makes_a_plan_stale(organisation: Any) -> None:
    user, division = await organisation.user(), await organisation.entry(EntryKind.DIVISION)
    await organisation.administrations(1)
    for_user = await organisation.plan_users(UsersMode.ADD, user)
    for_division = await organisation.plan(Wanted(division=Setting(division)))
    await organisation.remove_user(user)
    await organisation.remove_entry(EntryKind.DIVISION, division)
    with pytest.raises(PlanStale, match=f"user {user}"):
        await organisation.apply(for_user)
    with pytest.raises(PlanStale, match=f"division {division}"):
        await organisation.apply(for_division)


async def test_an_undo_never_brings_back_a_deleted_division(organisation: Any) -> None:
    north, south = await organisation.entry(EntryKind.DIVISION), await organisation.entry(EntryKind.DIVISION)
    await organisation.administrations(1)
    await organisation.apply(await organisation.plan(Wanted(division=Setting(north))))
    plan_id = await organisation.plan(Wanted(division=Setting(south)))
    await organisation.apply(plan_id)
    await organisation.remove_entry(EntryKind.DIVISION, north)
    with pytest.raises(PlanStale, match=f"division {north}"):
        await organisation.undo(plan_id)


async def test_a_deleted_user_leaves_every_assignment(organisation: Any) -> None:
    leaving, staying = await organisation.user(Role.BEHEERDER), await organisation.user(Role.BEHEERDER)
    [event] = await organisation.administrations(1)
    assert await organisation.remove_user(leaving) == 1
    [assignment] = await organisation.assignments()
    assert (assignment.placement.user_ids, assignment.rule) == ((staying,), Rule.DEFAULT)
    version, _, data = (await organisation.events(event.administration_id))[-1]
    assert (version, data["user_ids"], data["rule"]) == (2, [str(staying)], "default")
    with pytest.raises(NotFound):
        await organisation.remove_user(leaving)


@pytest.mark.parametrize("kind", list(EntryKind))
async def test_an_entry_in_use_is_not_deleted(organisation: Any, kind: EntryKind) -> None:
    entry = await organisation.entry(kind)
    await organisation.administrations(1)
    wanted = (
        Wanted(division=Setting(entry)) if kind is EntryKind.DIVISION else Wanted(template=Setting(entry))
    )
    plan_id = await organisation.plan(wanted)
    await organisation.apply(plan_id)
    with pytest.raises(Conflict) as refused:
        await organisation.remove_entry(kind, entry)
    assert refused.value.code == f"{kind}_in_use"
    await organisation.undo(plan_id)
    assert await organisation.remove_entry(kind, entry)


async def test_a_plan_covers_an_import_session_only(organisation: Any) -> None:
    division = await organisation.entry(EntryKind.DIVISION)
    await organisation.administrations(2)
    wizard = await organisation.administrations(3)
    target = OfImport(wizard[0].import_session_id)
    outcome = await organisation.apply(await organisation.plan(Wanted(division=Setting(division)), target))
    assert [item.administration_id for item in outcome.items] == [each.administration_id for each in wizard]


async def test_unknown_and_foreign_ids_are_refused_alike(new_organisation: Any) -> None:
    organisation, other = new_organisation(), new_organisation()
    mine, [theirs] = await organisation.administrations(1), await other.administrations(1)
    wanted = Wanted(template=Setting(None))
    ids = (mine[0].administration_id, theirs.administration_id, new_id())
    with pytest.raises(InvalidInput) as refused:
        await organisation.plan(wanted, Chosen(ids))
    assert refused.value.code == "administration_unknown"
    assert [error.pointer for error in refused.value.errors] == [
        "/administration_ids/1",
        "/administration_ids/2",
    ]
    with pytest.raises(InvalidInput, match="import_session_unknown"):
        await organisation.plan(wanted, OfImport(theirs.import_session_id))
    with pytest.raises(InvalidInput, match="division_unknown"):
        await organisation.plan(Wanted(division=Setting(await other.entry(EntryKind.DIVISION))))
    with pytest.raises(InvalidInput, match="user_unknown"):
        await organisation.plan_users(UsersMode.ADD, await other.user())
    foreign = await other.plan(wanted)
    with pytest.raises(NotFound):
        await organisation.apply(foreign)


async def test_a_plan_too_large_is_refused(organisation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assignment_svc.application.make_plan.LARGEST_PLAN", 3)
    await organisation.administrations(4)
    with pytest.raises(InvalidInput, match="plan_too_large"):
        await organisation.plan(Wanted(division=Setting(None)), Everything())


async def test_every_act_leaves_one_audit_row(organisation: Any) -> None:
    user = await organisation.user()
    await organisation.administrations(3)
    plan_id = await organisation.plan_users(UsersMode.ADD, user)
    await organisation.apply(plan_id)
    await organisation.apply(plan_id)
    await organisation.undo(plan_id)
    assert await organisation.acts() == [
        "user.saved",
        "assignment.defaulted",
        "assignment_plan.made",
        "assignment_plan.applied",
        "assignment_plan.undone",
    ]


async def test_old_plans_are_forgotten_with_their_items(organisation: Any, database: Database) -> None:
    await organisation.administrations(1)
    plan_id = await organisation.plan(Wanted(division=Setting(None)))
    async with organisation.work.begin(None) as tx:
        assert await tx.plans.purge(tx.now) >= 1
    async with organisation.work.begin(organisation.id) as tx:
        assert await tx.plans.get(plan_id) is None
        assert await tx.plans.items(plan_id) == []
