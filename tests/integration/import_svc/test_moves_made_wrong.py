"""Moves of administrations are made wrong in one known way each; the test that holds the promise must say so.

docs/reliability.md names them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from import_svc.adapters.postgres import accesses
from import_svc.application import move_administrations
from koppel.contracts.administration import AdministrationMoved
from koppel.kernel.ids import new_id

from . import test_moves
from .organisation import Organisation

ROOT = Path(__file__).parents[3]
FAILS = (AssertionError, pytest.fail.Exception)


def changed(patch: pytest.MonkeyPatch, name: str, old: str, new: str) -> None:
    statement = getattr(accesses, name)
    assert old in statement, f"the code has changed, the seeded bug finds no {old!r}"
    patch.setattr(accesses, name, statement.replace(old, new))


def _any_organisation_takes_over(patch: pytest.MonkeyPatch) -> None:
    changed(patch, "_MOVE", "access using (organisation_id, ", "access using (")
    changed(patch, "_MOVE", " and other.organisation_id = orphan.organisation_id", "")


def _the_id_is_another(patch: pytest.MonkeyPatch) -> None:
    def moved(**fields: object) -> AdministrationMoved:
        return AdministrationMoved.model_validate(fields | {"administration_id": new_id()})

    patch.setattr(move_administrations, "AdministrationMoved", moved)


def _told_and_not_stored(patch: pytest.MonkeyPatch) -> None:
    changed(patch, "_MOVE", "set grant_id = to_grant_id", "set grant_id = administration.grant_id")


def _who_works_loses_it(patch: pytest.MonkeyPatch) -> None:
    changed(patch, "_MOVE", "in_use.state = 'active'", "false")


def _a_dead_login_takes_over(patch: pytest.MonkeyPatch) -> None:
    changed(patch, "_MOVE", "where other.state = 'active' and", "where")


def _nobody_catches_up(patch: pytest.MonkeyPatch) -> None:
    changed(patch, "_MOVE", "where $4 and", "where false and $4::boolean and")


async def _elsewhere(organisation: Organisation) -> None:
    await test_moves.test_another_organisation_takes_nothing_over(organisation, organisation.database)


@dataclass(frozen=True)
class Bug:
    """`plant` makes the code wrong; `killed_by` holds the promise."""

    name: str
    plant: Callable[[pytest.MonkeyPatch], None]
    killed_by: Callable[[Organisation], Awaitable[None]]


BUGS = (
    Bug("a login of another organisation takes over", _any_organisation_takes_over, _elsewhere),
    Bug(
        "a moved administration has another id",
        _the_id_is_another,
        test_moves.test_a_move_keeps_the_id_and_goes_on_in_the_administration_s_own_stream,
    ),
    Bug(
        "a move that is told again is told twice",
        _told_and_not_stored,
        test_moves.test_a_mover_that_is_killed_before_any_statement_leaves_all_as_it_was,
    ),
    Bug(
        "a login that works loses its administrations",
        _who_works_loses_it,
        test_moves.test_it_moves_back_when_the_login_that_took_over_dies,
    ),
    Bug(
        "a login that died takes over",
        _a_dead_login_takes_over,
        test_moves.test_of_two_logins_that_die_in_one_batch_neither_takes_over_from_the_other,
    ),
    Bug(
        "nobody catches up with deaths of one moment",
        _nobody_catches_up,
        test_moves.test_of_two_logins_that_die_at_once_neither_keeps_it,
    ),
)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
async def test_a_seeded_bug_is_noticed(
    organisation: Organisation, bug: Bug, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug.plant(monkeypatch)
    with pytest.raises(FAILS):
        await bug.killed_by(organisation)


def test_the_page_of_reliability_names_each() -> None:
    text = " ".join((ROOT / "docs/reliability.md").read_text(encoding="utf-8").split())
    assert not [bug.name for bug in BUGS if f"*{bug.name}*" not in text]
