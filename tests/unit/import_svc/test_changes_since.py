"""What two people's acts in one session do to each other."""

import pytest

from import_svc.domain.candidate import CandidateVersions
from import_svc.domain.refusals import anything_changed, profile_changed, refuse_changed, selection_changed
from koppel.kernel.errors import Conflict, FieldError
from koppel.kernel.ids import new_id

ONE, OTHER = new_id(), new_id()
SELECTED = "Somebody selected it since."
DESELECTED = "Somebody deselected it since."


def candidate(*, selected: bool, selection: int = 0, profile: int = 0) -> CandidateVersions:
    return CandidateVersions(ONE, selected, selection, profile)


def test_a_later_selection_is_undone_by_leaving_it_out_and_by_nothing_else() -> None:
    changed = [candidate(selected=True, selection=3)]
    undone = [FieldError(f"/candidates/{ONE}/selected", SELECTED)]
    assert list(selection_changed(changed, 2, {OTHER})) == undone
    assert list(selection_changed(changed, 2, {ONE})) == []
    assert list(selection_changed(changed, 3, {OTHER})) == []


def test_a_later_deselection_is_undone_by_naming_it() -> None:
    changed = [candidate(selected=False, selection=3)]
    assert list(selection_changed(changed, 2, {ONE})) == [
        FieldError(f"/candidates/{ONE}/selected", DESELECTED)
    ]
    assert list(selection_changed(changed, 2, set())) == []


def test_an_import_is_another_when_the_selection_or_a_selected_profile_changed() -> None:
    places = [
        each.pointer.rpartition("/")[2]
        for each in anything_changed([candidate(selected=True, selection=3, profile=4)], 2)
    ]
    assert places == ["selected", "profile"]
    assert [each.message for each in anything_changed([candidate(selected=False, selection=3)], 2)] == [
        DESELECTED
    ]
    assert list(anything_changed([candidate(selected=False, profile=3)], 2)) == []
    assert list(anything_changed([candidate(selected=True, selection=2, profile=2)], 2)) == []


def test_nothing_changed_refuses_nothing_and_the_rest_is_a_conflict_with_each() -> None:
    refuse_changed(iter(()))
    with pytest.raises(Conflict) as conflict:
        refuse_changed(profile_changed([ONE, OTHER]))
    assert conflict.value.code == "import_session_changed"
    assert [each.pointer for each in conflict.value.errors] == [
        f"/candidates/{ONE}/profile",
        f"/candidates/{OTHER}/profile",
    ]
