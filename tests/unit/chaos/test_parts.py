"""The parts of `make chaos`, and how their figures get onto the page."""

from pathlib import Path

import pytest
from tests.chaos.__main__ import main
from tests.chaos.criteria.figures import Figure, Report
from tests.chaos.kept_figures import figures_of, keep, on_page, placed, put_into_page
from tests.chaos.parts import PARTS, ROOT
from tests.chaos.rig.killed import Killed
from tests.chaos.rig.told import Heard

_PAGE = "before\n<!-- figures of storm: begin -->\nold\n<!-- figures of storm: end -->\nafter\n"


def test_every_chaos_test_belongs_to_one_part() -> None:
    tests = ROOT / "tests"
    files = {
        path
        for folder in ("chaos", "unit/chaos", "e2e/split")
        for path in (tests / folder).rglob("test_*.py")
    }
    told = [file for part in PARTS.values() for path in part.paths for file in _files(tests / path)]
    assert sorted(told) == sorted(files)


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("test_*.py")) if path.is_dir() else [path]


def test_a_part_that_does_not_exist_is_refused_with_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["storm", "strom"]) == 2
    told = "error: no part strom; there are mutants, crash, storm, runs, increments, engine, roles, alerts, criteria\n"
    assert capsys.readouterr().err == told


def test_figures_of_a_part_take_the_place_of_the_old_ones() -> None:
    text = placed(_PAGE, "storm", "new\n")
    assert text == _PAGE.replace("old", "new")
    assert on_page(text, "storm") == "new\n"


def test_a_page_without_a_place_for_them_is_left_alone() -> None:
    assert on_page(_PAGE, "crash") == ""
    with pytest.raises(LookupError, match="crash"):
        placed(_PAGE, "crash", "new\n")


def test_only_the_parts_that_were_run_change_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(_PAGE, encoding="utf-8")
    put_into_page(page, tmp_path)
    assert page.read_text(encoding="utf-8") == _PAGE
    keep("storm", ["one", "two"], tmp_path)
    put_into_page(page, tmp_path)
    assert on_page(page.read_text(encoding="utf-8"), "storm") == "one\ntwo\n"


def test_what_is_kept_tells_how_it_was_run_and_what_came_of_it() -> None:
    report = Report()
    report.says(8, "a storm", Figure(criterion=8, name="drained", seen=3, bound=90, unit="s"))
    kills = [Killed("quick", "a", "b", 0.5), Killed("slow", "a", "b", 9.0)]
    how, _, killed, _, *rows = figures_of("storm", Heard(kills, report), 660)
    assert "make chaos PART=storm`: 11.0 minutes" in how
    assert killed == "2 seeded bugs were killed; the slowest was *slow* (9.0 s)."
    assert rows[2] == "| 8 | database kill, unknown commit | a storm | drained 3 s (≤ 90 s) | kept |"
