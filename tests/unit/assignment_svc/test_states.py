"""What may follow what: the tables that the README prints, as data that a changed line does not change too."""

from assignment_svc.domain.plan import PLAN_STATES


def test_the_states_of_assignment_plan_follow_each_other_like_this() -> None:
    assert PLAN_STATES.entity == "assignment_plan"
    assert {before.value: {after.value for after in follow} for before, follow in PLAN_STATES} == {
        "planned": {"applied"},
        "applied": {"undone"},
        "undone": set(),
    }
