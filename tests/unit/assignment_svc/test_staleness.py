"""When a plan may still be carried out."""

from uuid import UUID

import pytest

from assignment_svc.domain.staleness import PlanStale, require_present, require_unmoved

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
