"""When a plan may still be carried out."""

from uuid import UUID

import pytest

from assignment_svc.domain.assignment import Assignment, Placement, Rule
from assignment_svc.domain.plan import Conflicting, PlanItem
from assignment_svc.domain.staleness import (
    DirectoryKind,
    PlanStale,
    conflict,
    require_present,
    require_unmoved,
)

A, B, C = (UUID(int=number) for number in range(1, 4))


def test_an_unmoved_world_passes() -> None:
    require_unmoved({A: 1, B: 4}, {A: 1, B: 4, C: 9})
    require_present("user", {A}, {A, B})


def test_every_administration_that_moved_or_left_is_named() -> None:
    with pytest.raises(PlanStale) as refused:
        require_unmoved({A: 1, B: 4, C: 2}, {A: 2, C: 2})
    assert refused.value.code == "plan_stale"
    assert f"{A} (reassigned)" in refused.value.detail
    assert f"{B} (removed)" in refused.value.detail
    assert str(C) not in refused.value.detail


def test_a_deleted_entry_is_named() -> None:
    with pytest.raises(PlanStale, match=f"division {B} \\(deleted\\)"):
        require_present("division", {A, B}, {A})


def test_twenty_names_are_shown_whole() -> None:
    with pytest.raises(PlanStale) as refused:
        require_unmoved({UUID(int=number): 1 for number in range(20)}, {})
    assert refused.value.detail.count("(removed)") == 20
    assert refused.value.detail.endswith("(removed). Make a new plan.")
    assert str(refused.value) == f"plan_stale: {refused.value.detail}"


def test_a_long_list_is_cut_and_counted() -> None:
    with pytest.raises(PlanStale, match="and 30 more"):
        require_unmoved({UUID(int=number): 1 for number in range(50)}, {})


NOBODY: dict[DirectoryKind, set[UUID]] = {"user": set(), "division": set(), "template": set()}
TO = Placement.of(division_id=A, template_id=B, user_ids=[C])


def item(after: Placement) -> PlanItem:
    before = Assignment(
        administration_id=A, placement=Placement.of(), rule=Rule.DEFAULT, plan_id=None, version=4
    )
    return PlanItem(before=before, after=after)


@pytest.mark.parametrize(
    ("current", "gone", "why"),
    [
        ({A: 4}, {}, None),
        ({A: 5}, {}, Conflicting.REASSIGNED),
        ({B: 4}, {}, Conflicting.REMOVED),
        ({A: 4}, {"user": {C}}, Conflicting.USER_DELETED),
        ({A: 4}, {"division": {A}}, Conflicting.DIVISION_DELETED),
        ({A: 4}, {"template": {B}}, Conflicting.TEMPLATE_DELETED),
        ({A: 4}, {"user": {A, B}, "division": {B, C}, "template": {A, C}}, None),
    ],
)
def test_a_conflict_is_what_moved_or_left_since_the_plan(
    current: dict[UUID, int], gone: dict[DirectoryKind, set[UUID]], why: Conflicting | None
) -> None:
    assert conflict(item(TO), current, NOBODY | gone) is why


def test_what_a_plan_leaves_as_it_is_needs_nothing_of_the_directory() -> None:
    assert conflict(item(Placement.of()), {A: 4}, NOBODY | {"user": {C}, "division": {A}}) is None
    assert conflict(item(Placement.of()), {A: 5}, NOBODY) is Conflicting.REASSIGNED
