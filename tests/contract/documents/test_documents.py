"""What documents claim and can be compared: links, commands, metrics, tables, records, and the demo's excerpt."""

import itertools
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup

from koppel.platform.telemetry.metric_names import METRICS
from koppel_cli.main import tool

ROOT = Path(__file__).parents[3]
MADE = {".venv", ".local", ".tools", ".git", "node_modules"}
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def _documents() -> list[Path]:
    return sorted(
        path
        for path in ROOT.rglob("*.md")
        if not MADE & set(path.relative_to(ROOT).parts) and not path.name.startswith(".")
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", _text(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", _documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(FENCE.sub("", _text(document))):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        found = (document.parent / place).resolve() if place else document
        assert found.exists(), target
        assert found.is_relative_to(ROOT), target
        assert not anchor or anchor in _anchors(found), target


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", _text(ROOT / "Makefile"), re.MULTILINE))
    for document in _documents():
        for line in re.findall(
            r"(?:^|`)(?:[A-Z_]+=\S+ )*make ([a-z][^\n`;#]*)", _text(document), re.MULTILINE
        ):
            named = [word for word in line.split() if re.fullmatch(r"[a-z]+(-[a-z]+)*", word)]
            assert set(named) <= targets, (document, line)


def test_every_koppel_command_exists() -> None:
    commands = tool().commands
    for document in _documents():
        for words in re.findall(r"uv run koppel ([a-z][^\n`|>]*)", _text(document)):
            command, *further = words.split()
            assert command in commands, (document, command)
            group = commands[command]
            if isinstance(group, TyperGroup) and further and re.fullmatch(r"[a-z]+", further[0]):
                assert further[0] in group.commands, (document, words)


def test_every_metric_exists() -> None:
    for document in _documents():
        for name in re.findall(r"`(koppel_[a-z_]+)`", _text(document)):
            assert name in METRICS or name in {
                "koppel_local",
                "koppel_sandbox",
                "koppel_identity",
                "koppel_cli",
                "koppel_visible",
            }, (
                document,
                name,
            )


def test_every_alert_has_a_line_in_the_runbooks() -> None:
    alerts = re.findall(r"alert: (\w+)", _text(ROOT / "deploy/prometheus/rules.yml"))
    index = _text(ROOT / "docs/runbooks/README.md")
    assert not [alert for alert in alerts if alert not in index]


def test_every_runbook_is_in_the_index() -> None:
    folder = ROOT / "docs/runbooks"
    linked = set(LINK.findall(_text(folder / "README.md")))
    assert linked == {path.name for path in folder.glob("*.md")} - {"README.md"}


class TestDecisions:
    FOLDER = ROOT / "docs/adr"

    def records(self) -> list[Path]:
        return sorted(path for path in self.FOLDER.glob("*.md") if path.name != "README.md")

    def test_they_are_numbered_without_a_gap(self) -> None:
        numbers = [int(path.name[:4]) for path in self.records()]
        assert numbers == list(range(1, len(numbers) + 1))

    def test_each_fits_on_a_page_and_has_its_parts(self) -> None:
        for path in self.records():
            text = _text(path)
            assert len(text.splitlines()) <= 60, path
            assert text.startswith(f"# {path.name[:4]} · "), path
            assert re.search(r"^> \S", text, re.MULTILINE), path
            headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
            assert headings == ["Context", "Decision", "Consequences", "Alternatives"], path

    def test_the_index_lists_each(self) -> None:
        assert LINK.findall(_text(self.FOLDER / "README.md")) == [path.name for path in self.records()]

    def test_what_the_relay_was_measured_at_is_what_the_page_of_performance_says(self) -> None:
        page = _text(ROOT / "docs/performance.md")
        backlog = re.search(r"^\| relay of a backlog \|.*?\*\*([\d.]+)\*\*", page, re.MULTILINE)
        beside = re.findall(
            r"^\| .*?\*\*([\d.]+)\*\*", page.partition("\n## Beside Debezium")[2], re.MULTILINE
        )
        told = _text(self.FOLDER / "0003-polling-relay-with-shards.md").partition("## Consequences")[2]
        assert backlog
        assert len(beside) == 5
        assert [figure for figure in (backlog[1], *beside) if not re.search(rf"\b{figure}\b", told)] == []

    def test_every_dependency_has_its_reason(self) -> None:
        table = dict(
            re.findall(
                r"^\| `([^`]+)` \| ([^|]+) \|", _text(self.FOLDER / "0014-dependencies.md"), re.MULTILINE
            )
        )
        told = {name: {part.strip() for part in packages.split(",")} for name, packages in table.items()}
        assert told == _declared()


def _declared() -> dict[str, set[str]]:
    """Third-party dependencies by the short names of the packages that declare them."""
    found: dict[str, set[str]] = {}
    for path in [
        ROOT / "shared/pyproject.toml",
        *ROOT.glob("services/*/pyproject.toml"),
        *ROOT.glob("deploy/*/pyproject.toml"),
    ]:
        project = tomllib.loads(_text(path))["project"]
        for requirement in project["dependencies"]:
            name = re.split(r"[<>=~! ]", requirement)[0]
            if not name.startswith("koppel-"):
                found.setdefault(name, set()).add(project["name"].removeprefix("koppel-"))
    groups = tomllib.loads(_text(ROOT / "pyproject.toml"))["dependency-groups"]
    return found | {re.split(r"[<>=~! ]", requirement)[0]: {"image"} for requirement in groups["image"]}


def test_the_changelog_keeps_its_form() -> None:
    text = _text(ROOT / "CHANGELOG.md")
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert "## [Unreleased]" in text
    for release in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        headings = re.findall(r"^### (.+)$", release, re.MULTILINE)
        assert set(headings) <= kinds
        assert len(headings) == len(set(headings)), "a kind of change has one list"
        added = release.partition("### Added\n")[2].partition("\n### ")[0]
        assert "no longer" not in added, "what was wrong before stands under Fixed"


@pytest.mark.parametrize("heading", ["# Performance", "## The backbone", "## Beside Debezium"])
def test_the_page_of_performance_has_its_tables_first(heading: str) -> None:
    below = _text(ROOT / "docs/performance.md").partition(f"{heading}\n")[2].splitlines()
    words = itertools.takewhile(lambda line: not line.startswith("|"), below)
    assert len([line for line in words if line]) <= 1, "at most the conditions of the run stand before it"


def test_every_tier_of_tests_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)/` \|", _text(ROOT / "tests/README.md"), re.MULTILINE))
    tiers = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert tiers <= explained


@pytest.mark.parametrize(
    ("name", "lines"), [("README.md", 110), ("CONTRIBUTING.md", 100), ("docs/architecture.md", 250)]
)
def test_a_document_keeps_its_size(name: str, lines: int) -> None:
    assert len(_text(ROOT / name).splitlines()) <= lines


def _sql_blocks(path: Path) -> Iterator[str]:
    yield from re.findall(r"^```sql\n(.*?)^```", _text(path), re.MULTILINE | re.DOTALL)


def test_sql_of_the_runbooks_names_tables_that_exist() -> None:
    scripts = "\n".join(_text(path) for path in ROOT.rglob("*.sql") if not MADE & set(path.parts))
    tables = set(re.findall(r"create table (?:if not exists )?(\w+)", scripts))
    for path in (ROOT / "docs/runbooks").glob("*.md"):
        for block in _sql_blocks(path):
            named = set(re.findall(r"(?:from|into|update|join) (?:\w+\.)?(\w+)", block)) - {"set"}
            assert named <= tables, (path, named - tables)


def test_a_subscriber_names_the_packages_that_it_needs() -> None:
    """`uv run subscriber.py` brings them (PEP 723); the version is the one that the tests run with."""
    text = _text(ROOT / "docs/subscribers/aiokafka/subscriber.py")
    block = text.partition("# /// script\n")[2].partition("# ///\n")[0]
    named = tomllib.loads(re.sub(r"^# ", "", block, flags=re.MULTILINE))["dependencies"]
    locked = {
        package["name"]: package["version"] for package in tomllib.loads(_text(ROOT / "uv.lock"))["package"]
    }
    imported = set(re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)) - sys.stdlib_module_names
    assert named == [f"{name}=={locked[name]}" for name in sorted(imported)]
