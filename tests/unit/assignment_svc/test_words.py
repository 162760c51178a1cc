"""Words and numbers that are stored, sent or promised: a change of one is a change of what others read."""

from datetime import UTC, datetime

from assignment_svc.domain import assignment, directory, plan
from koppel.kernel.ids import new_id


def test_states_and_rules_are_stored_by_these_words() -> None:
    assert list(assignment.Rule) == ["default", "plan"]
    assert list(plan.UsersMode) == ["add", "replace", "remove"]
    assert list(plan.PlanState) == ["planned", "applied", "undone"]
    assert list(directory.EntryKind) == ["division", "template"]
    assert list(plan.Conflicting) == [
        "reassigned", "removed", "user_deleted", "division_deleted", "template_deleted",
    ]  # fmt: skip


def test_a_plan_is_applied_whole_unless_it_says_otherwise() -> None:
    at = datetime(2026, 11, 29, tzinfo=UTC)
    assert not plan.Plan(id=new_id(), state=plan.PlanState.PLANNED, created_by="x", created_at=at).partial


def test_entries_of_the_directory_have_error_codes_of_their_kind() -> None:
    division, template = (kind.codes for kind in directory.EntryKind)
    assert division == ("division_not_found", "division_unknown", "division_in_use")
    assert template == ("template_not_found", "template_unknown", "template_in_use")


def test_a_plan_covers_ten_thousand_administrations_at_most() -> None:
    assert plan.LARGEST_PLAN == 10_000
