"""What a bulk command means, and what it may not say."""

from typing import Any
from uuid import UUID

import pytest

from assignment_svc.application.make_plan import Chosen, Everything, OfImport
from assignment_svc.domain.plan import Setting, UsersChange, UsersMode, Wanted
from assignment_svc.entrypoints.http.plan_requests import MakePlan
from koppel.kernel.errors import InvalidInput

A, B = UUID(int=1), UUID(int=2)


def command(**fields: Any) -> MakePlan:
    return MakePlan.model_validate({"set": {"division_id": str(A)}, **fields})


def test_targets() -> None:
    assert command(administration_ids="all").target() == Everything()
    assert command(administration_ids=[str(B), str(A)]).target() == Chosen((B, A))
    assert command(import_session_id=str(A)).target() == OfImport(A)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "plan_target_missing"),
        ({"administration_ids": []}, "plan_target_missing"),
        ({"administration_ids": "all", "import_session_id": str(A)}, "plan_target_ambiguous"),
        ({"administration_ids": [str(A)], "import_session_id": str(A)}, "plan_target_ambiguous"),
    ],
)
def test_an_unclear_target_is_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        command(**fields).target()
    assert refused.value.code == code


def test_null_clears_and_absence_keeps() -> None:
    assert command(set={"division_id": None}).wanted() == Wanted(division=Setting(None))
    assert command(set={"template_id": str(B)}).wanted() == Wanted(template=Setting(B))


def test_users_count_once() -> None:
    wanted = command(set={"users": {"mode": "add", "ids": [str(A), str(B), str(A)]}}).wanted()
    assert wanted == Wanted(users=UsersChange(UsersMode.ADD, (A, B)))


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({}, "/set"),
        ({"users": None}, "/set"),
        ({"users": {"mode": "add", "ids": []}}, "/set/users/ids"),
        ({"users": {"mode": "remove", "ids": []}}, "/set/users/ids"),
    ],
)
def test_setting_nothing_is_refused(given: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        command(set=given).wanted()
    assert refused.value.code == "plan_set_empty"
    assert [error.pointer for error in refused.value.errors] == [place]
