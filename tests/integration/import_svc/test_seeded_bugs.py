"""The wizard's promises are made wrong in one known way each; the test that holds the promise must say so.

docs/reliability.md names them.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from import_svc.adapters.postgres import seen_companies
from import_svc.application import confirm_import, daily_look, select_candidates, store_profiles
from import_svc.domain import candidate, profile
from import_svc.domain.profile import SectorSource
from koppel.contracts.values import Sector

from . import test_looks, test_promises_of_profiles, test_two_people_and_a_kill
from .organisation import Organisation

ROOT = Path(__file__).parents[3]
FAILS = (AssertionError, pytest.fail.Exception)


@dataclass(frozen=True)
class Bug:
    """`plant` makes the code wrong; `killed_by` holds the promise."""

    name: str
    plant: Callable[[pytest.MonkeyPatch], None]
    killed_by: Callable[[Organisation], Awaitable[None]]


def _no_version_at_selection(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(select_candidates, "refuse_changed", list)


def _no_version_at_profiles(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store_profiles, "_undone", lambda *_: {})


def _no_version_at_confirm(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(confirm_import, "refuse_changed", list)


def _vanished_is_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(candidate.Candidate, "closed", None)


def _partly_without_partial(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store_profiles, "refuse", lambda *_: None)


def _register_before_the_person(patch: pytest.MonkeyPatch) -> None:
    known = profile.known_sector

    def registered_first(
        stored: profile.Profile | None, package: Sector | None, proposed: Sector | None
    ) -> tuple[Sector | None, SectorSource | None]:
        return (proposed, SectorSource.REGISTRY) if proposed else known(stored, package, proposed)

    patch.setattr(candidate, "known_sector", registered_first)


def _one_look_is_enough(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(seen_companies, "LOOKS_UNTIL_VANISHED", 1)


def _looks_of_one_minute_count_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(daily_look, "looks_apart", lambda _: timedelta(0))


async def _people(organisation: Organisation) -> None:
    for seed in range(6):
        await test_two_people_and_a_kill.play(organisation, seed)


BUGS = (
    Bug("a selection's version is not compared", _no_version_at_selection, _people),
    Bug("a profile's version is not compared", _no_version_at_profiles, _people),
    Bug("a confirm's version is not compared", _no_version_at_confirm, _people),
    Bug(
        "a vanished candidate is confirmed",
        _vanished_is_open,
        test_looks.test_a_company_that_is_gone_can_be_neither_selected_nor_imported,
    ),
    Bug(
        "a bad row lets the others through",
        _partly_without_partial,
        test_promises_of_profiles.test_without_partial_one_bad_row_stores_none,
    ),
    Bug(
        "the register goes before the person",
        _register_before_the_person,
        test_promises_of_profiles.test_what_a_person_chose_stays_whatever_the_register_says,
    ),
    Bug(
        "a single look is enough to vanish",
        _one_look_is_enough,
        test_looks.test_two_full_looks_without_it_and_an_administration_has_vanished_once,
    ),
    Bug(
        "looks of one minute count twice",
        _looks_of_one_minute_count_twice,
        test_looks.test_looks_within_half_a_day_are_one,
    ),
)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
async def test_a_seeded_bug_is_noticed(
    organisation: Organisation, bug: Bug, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug.plant(monkeypatch)
    with pytest.raises(FAILS):
        await bug.killed_by(organisation)


def test_the_page_of_proofs_names_every_seeded_bug_here() -> None:
    text = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
    section = text.partition("\n## The import wizard\n")[2].partition("\n## ")[0]
    assert {" ".join(name.split()) for name in re.findall(r"\*([^*]+)\*", section)} == {b.name for b in BUGS}
