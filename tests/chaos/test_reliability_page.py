"""docs/reliability.md names what exists, all of it."""

import re
from pathlib import Path

from tests.chaos.rig.registered import MUTANTS, SCENARIOS

ROOT = Path(__file__).parents[2]


def _rows() -> list[list[str]]:
    text = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if re.match(r"\| \d", line)
    ]


def _names(cell: str) -> list[str]:
    return re.findall(r"\*([^*]+)\*", cell)


def test_every_scenario_stands_at_its_criterion() -> None:
    told = {name: int(row[0]) for row in _rows() for name in _names(row[2])}
    assert told == {scenario.name: scenario.criterion for scenario in SCENARIOS.values()}


def test_every_seeded_bug_stands_where_its_scenario_stands() -> None:
    told = {name: int(row[0]) for row in _rows() for name in _names(row[3])}
    assert told == {bug.name: SCENARIOS[bug.killed_by].criterion for bug in MUTANTS.values()}


def test_every_pitfall_is_told_with_what_exists() -> None:
    text = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
    told = text.partition("## Known pitfalls")[2].partition("\n## ")[0]
    names = {" ".join(name.split()) for name in _names(told)}
    assert names
    assert not names - MUTANTS.keys() - SCENARIOS.keys()


def test_the_files_it_names_exist() -> None:
    text = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:test_|tests/|scenarios|mutants|rig)[\w/.]*)`", text):
        assert (ROOT / name).exists() or (ROOT / "tests/chaos" / name).exists(), name
