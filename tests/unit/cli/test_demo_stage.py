"""Steps: what goes wrong inside one is told as that step's failure."""

import io
from collections.abc import Iterator

import httpx
import pytest
from rich.console import Console

from koppel_local.demo.failure import DemoFailed, Unexpected
from koppel_local.demo.organisation import Organisation
from koppel_local.demo.stage import Addresses, Stage, step, until

NAMES = ("connection-svc", "import-svc", "assignment-svc", "sync-svc")


@pytest.fixture
def stage() -> Iterator[Stage]:
    addresses = Addresses(
        services=dict.fromkeys(NAMES, "http://127.0.0.1:1"), sandbox="http://127.0.0.1:1", kafka="", token="t"
    )
    with Stage(Organisation(), addresses, "http://127.0.0.1:3000/", Console(file=io.StringIO())) as made:
        yield made


@step("Look", expects="something to see")
def look(stage: Stage, error: Exception | None) -> str:
    if error is not None:
        raise error
    return "seen"


def test_a_step_that_went_well_is_counted(stage: Stage) -> None:
    assert look(stage, None) == "seen"
    assert [(taken.number, taken.title, taken.expected) for taken in stage.steps] == [
        (1, "Look", "something to see")
    ]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unexpected("three", "two"), "Expected: three. What came: two."),
        (httpx.ReadTimeout("slow"), "Expected: something to see. What came: ReadTimeout: slow."),
        (
            KeyError("id"),
            "Expected: something to see. What came: an answer of another shape (KeyError: 'id').",
        ),
    ],
)
def test_a_failure_is_the_steps(stage: Stage, error: Exception, told: str) -> None:
    look(stage, None)
    with pytest.raises(DemoFailed) as failed:
        look(stage, error)
    assert failed.value.detail == f'step 2, "Look", failed. {told}'
    assert len(stage.steps) == 1


def test_waiting_ends_with_what_was_seen_last() -> None:
    answers = iter([None, None, 3])
    assert until(lambda: next(answers), within=10, what="three", last=lambda: "nothing") == 3
    with pytest.raises(Unexpected, match="expected three within 0 s; came two"):
        until(lambda: None, within=0, what="three", last=lambda: "two")


def test_every_organisation_is_new_and_has_the_people_of_the_story() -> None:
    one, other = Organisation(), Organisation()
    assert one.organisation_id != other.organisation_id
    assert {user.id for user in one.employees}.isdisjoint(user.id for user in other.employees)
    assert (len(one.administrators), len(one.others), len(one.divisions), len(one.templates)) == (2, 2, 2, 1)
    assert one.name_of(str(one.divisions[0].id)) == one.divisions[0].name
    assert one.name_of(None) == "–"
