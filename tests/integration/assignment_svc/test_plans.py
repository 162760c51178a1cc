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


async def test_planning_changes_nothing(office: Any) -> None:
    division = await office.entry(EntryKind.DIVISION)
    [event] = await office.administrations(1)
    before = await office.assignments()
    await office.plan(Wanted(division=Setting(division)))
    assert await office.assignments() == before
    assert len(await office.events(event.administration_id)) == 1


async def test_applying_changes_what_was_planned_and_says_so_once_each(office: Any) -> None:
    beheerder, other = await office.user(Role.BEHEERDER), await office.user()
    division, template = await office.entry(EntryKind.DIVISION), await office.entry(EntryKind.TEMPLATE)
    events = await office.administrations(3)
    plan_id = await office.plan(Wanted(division=Setting(division), template=Setting(template)))
    await office.apply(plan_id)
    await office.apply(await office.plan_users(UsersMode.ADD, other))
    for event, assignment in zip(events, await office.assignments(), strict=True):
        assert (assignment.placement.division_id, assignment.placement.template_id) == (division, template)
        assert set(assignment.placement.user_ids) == {beheerder, other}
        assert (assignment.rule, assignment.version) == (Rule.PLAN, 3)
        history = await office.events(event.administration_id)
        assert [kind for _, kind, _ in history] == [ASSIGNED] * 3
        assert history[1][2]["plan_id"] == str(plan_id)
        assert history[2][2]["division_id"] == str(division), "each event states the whole assignment"


async def test_an_unchanged_administration_gets_no_event(office: Any) -> None:
    division = await office.entry(EntryKind.DIVISION)
    first, second = await office.administrations(2)
    await office.apply(await office.plan_division(division, first.administration_id))
    outcome = await office.apply(await office.plan(Wanted(division=Setting(division))))
    assert [item.applied_version for item in outcome.items] == [None, 2]
    assert len(await office.events(first.administration_id)) == 2
    assert len(await office.events(second.administration_id)) == 2


async def test_a_second_apply_answers_as_the_first(office: Any) -> None:
    user = await office.user()
    await office.administrations(5)
    plan_id = await office.plan_users(UsersMode.ADD, user)
    first, second = await office.apply(plan_id), await office.apply(plan_id)
    assert (first.items, first.plan) == (second.items, second.plan)
    assert (first.written, second.written) == (5, 0)
    assert {each.version for each in await office.assignments()} == {2}


async def test_undo_restores_exactly_what_was(office: Any) -> None:
    beheerder, other = await office.user(Role.BEHEERDER), await office.user()
    north, south = await office.entry(EntryKind.DIVISION), await office.entry(EntryKind.DIVISION)
    first, second = await office.administrations(2)
    earlier = await office.plan_division(north, first.administration_id)
    await office.apply(earlier)
    before = await office.assignments()
    plan_id = await office.plan(Wanted(division=Setting(south)))
    await office.apply(plan_id)
    undone, again = await office.undo(plan_id), await office.undo(plan_id)
    assert undone.plan.state is PlanState.UNDONE
    assert (undone.items, undone.plan) == (again.items, again.plan)
    after = await office.assignments()
    assert [(each.placement, each.rule, each.plan_id) for each in after] == [
        (each.placement, each.rule, each.plan_id) for each in before
    ]
    assert [each.version for each in after] == [each.version + 2 for each in before]
    _, _, restored = (await office.events(second.administration_id))[-1]
    assert (restored["division_id"], restored["rule"], restored["plan_id"]) == (None, "default", None)
    assert {beheerder, other} >= set(after[0].placement.user_ids)


async def test_an_undone_plan_is_over(office: Any) -> None:
    user = await office.user()
    await office.administrations(1)
    plan_id = await office.plan_users(UsersMode.ADD, user)
    with pytest.raises(Conflict) as refused:
        await office.undo(plan_id)
    assert refused.value.code == "plan_not_applied"
    await office.apply(plan_id)
    await office.undo(plan_id)
    with pytest.raises(Conflict) as refused:
        await office.apply(plan_id)
    assert refused.value.code == "plan_undone"


async def test_a_plan_of_a_moved_world_changes_nothing(office: Any) -> None:
    user, north = await office.user(), await office.entry(EntryKind.DIVISION)
    moved, _ = await office.administrations(2)
    stale = await office.plan(Wanted(division=Setting(north)))
    await office.apply(await office.plan_division(north, moved.administration_id))
    before = await office.assignments()
    with pytest.raises(PlanStale, match=f"{moved.administration_id} \\(reassigned\\)"):
        await office.apply(stale)
    assert await office.assignments() == before
    assert user not in before[0].placement.user_ids


async def test_an_undo_in_a_moved_world_changes_nothing(office: Any) -> None:
    north, south = await office.entry(EntryKind.DIVISION), await office.entry(EntryKind.DIVISION)
    moved, _ = await office.administrations(2)
    plan_id = await office.plan(Wanted(division=Setting(north)))
    await office.apply(plan_id)
    await office.apply(await office.plan_division(south, moved.administration_id))
    before = await office.assignments()
    with pytest.raises(PlanStale, match=str(moved.administration_id)):
        await office.undo(plan_id)
    assert await office.assignments() == before


async def test_a_removed_administration_makes_a_plan_stale(
    office: Any, processor: Processor, consumer: Subscriptions
) -> None:
    user = await office.user()
    gone, _ = await office.administrations(2)
    plan_id = await office.plan_users(UsersMode.ADD, user)
    await processor.apply([delivery(removed(gone), 2, consumer)])
    with pytest.raises(PlanStale, match=f"{gone.administration_id} \\(removed\\)"):
        await office.apply(plan_id)


async def test_a_deleted_user_or_division_makes_a_plan_stale(office: Any) -> None:
    user, division = await office.user(), await office.entry(EntryKind.DIVISION)
    await office.administrations(1)
    for_user = await office.plan_users(UsersMode.ADD, user)
    for_division = await office.plan(Wanted(division=Setting(division)))
    await office.remove_user(user)
    await office.remove_entry(EntryKind.DIVISION, division)
    with pytest.raises(PlanStale, match=f"user {user}"):
        await office.apply(for_user)
    with pytest.raises(PlanStale, match=f"division {division}"):
        await office.apply(for_division)


async def test_an_undo_never_brings_back_a_deleted_division(office: Any) -> None:
    north, south = await office.entry(EntryKind.DIVISION), await office.entry(EntryKind.DIVISION)
    await office.administrations(1)
    await office.apply(await office.plan(Wanted(division=Setting(north))))
    plan_id = await office.plan(Wanted(division=Setting(south)))
    await office.apply(plan_id)
    await office.remove_entry(EntryKind.DIVISION, north)
    with pytest.raises(PlanStale, match=f"division {north}"):
        await office.undo(plan_id)


async def test_a_deleted_user_leaves_every_assignment(office: Any) -> None:
    leaving, staying = await office.user(Role.BEHEERDER), await office.user(Role.BEHEERDER)
    [event] = await office.administrations(1)
    assert await office.remove_user(leaving) == 1
    [assignment] = await office.assignments()
    assert (assignment.placement.user_ids, assignment.rule) == ((staying,), Rule.DEFAULT)
    version, _, data = (await office.events(event.administration_id))[-1]
    assert (version, data["user_ids"], data["rule"]) == (2, [str(staying)], "default")
    with pytest.raises(NotFound):
        await office.remove_user(leaving)


@pytest.mark.parametrize("kind", list(EntryKind))
async def test_an_entry_in_use_is_not_deleted(office: Any, kind: EntryKind) -> None:
    entry = await office.entry(kind)
    await office.administrations(1)
    wanted = (
        Wanted(division=Setting(entry)) if kind is EntryKind.DIVISION else Wanted(template=Setting(entry))
    )
    plan_id = await office.plan(wanted)
    await office.apply(plan_id)
    with pytest.raises(Conflict) as refused:
        await office.remove_entry(kind, entry)
    assert refused.value.code == f"{kind}_in_use"
    await office.undo(plan_id)
    assert await office.remove_entry(kind, entry)


async def test_a_plan_covers_an_import_session_only(office: Any) -> None:
    division = await office.entry(EntryKind.DIVISION)
    await office.administrations(2)
    wizard = await office.administrations(3)
    target = OfImport(wizard[0].import_session_id)
    outcome = await office.apply(await office.plan(Wanted(division=Setting(division)), target))
    assert [item.administration_id for item in outcome.items] == [each.administration_id for each in wizard]


async def test_unknown_and_foreign_ids_are_refused_alike(new_office: Any) -> None:
    office, other = new_office(), new_office()
    mine, [theirs] = await office.administrations(1), await other.administrations(1)
    wanted = Wanted(template=Setting(None))
    ids = (mine[0].administration_id, theirs.administration_id, new_id())
    with pytest.raises(InvalidInput) as refused:
        await office.plan(wanted, Chosen(ids))
    assert refused.value.code == "administration_unknown"
    assert [error.pointer for error in refused.value.errors] == [
        "/administration_ids/1",
        "/administration_ids/2",
    ]
    with pytest.raises(InvalidInput, match="import_session_unknown"):
        await office.plan(wanted, OfImport(theirs.import_session_id))
    with pytest.raises(InvalidInput, match="division_unknown"):
        await office.plan(Wanted(division=Setting(await other.entry(EntryKind.DIVISION))))
    with pytest.raises(InvalidInput, match="user_unknown"):
        await office.plan_users(UsersMode.ADD, await other.user())
    foreign = await other.plan(wanted)
    with pytest.raises(NotFound):
        await office.apply(foreign)


async def test_a_plan_too_large_is_refused(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assignment_svc.application.make_plan.LARGEST_PLAN", 3)
    await office.administrations(4)
    with pytest.raises(InvalidInput, match="plan_too_large"):
        await office.plan(Wanted(division=Setting(None)), Everything())


async def test_every_act_leaves_one_audit_row(office: Any) -> None:
    user = await office.user()
    await office.administrations(3)
    plan_id = await office.plan_users(UsersMode.ADD, user)
    await office.apply(plan_id)
    await office.apply(plan_id)
    await office.undo(plan_id)
    assert await office.acts() == [
        "user.saved",
        "assignment.defaulted",
        "assignment_plan.made",
        "assignment_plan.applied",
        "assignment_plan.undone",
    ]


async def test_old_plans_are_forgotten_with_their_items(office: Any, database: Database) -> None:
    await office.administrations(1)
    plan_id = await office.plan(Wanted(division=Setting(None)))
    async with office.work.begin(None) as tx:
        assert await tx.plans.purge(tx.now) >= 1
    async with office.work.begin(office.id) as tx:
        assert await tx.plans.get(plan_id) is None
        assert await tx.plans.items(plan_id) == []
