"""What no linter knows: one shape for four services, budgets, words, and reasons beside every exception."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from .statements import statements

ROOT = Path(__file__).parents[3]
SERVICES = ("connection", "import", "assignment", "sync")
SOURCE_FOLDERS = ("shared", "services", "deploy")
SOURCE_LINES, TEST_LINES, FUNCTION_LINES = 300, 400, 60
VAGUE = {"utils", "util", "common", "helpers", "helper", "manager", "managers", "misc", "base", "core", "lib"}
ONE_MACHINE = re.compile(r"sandbox", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
NOTIFIES = re.compile(r"pg_notify\s*\(|[\"\'\n]\s*(notify|listen)\s+\w+\s*[;,\"\']", re.IGNORECASE)
SWITCHED_OFF = re.compile(r"pytest\.mark\.(skip|skipif|xfail)\b|pytest\.(skip|xfail)\(")

SHAPE = {
    "__init__.py",
    "main.py",
    "settings.py",
    "py.typed",
    "domain",
    "application",
    "adapters",
    "entrypoints",
    "migrations",
}
PLACES = (
    "domain/__init__.py",
    "application/ports.py",
    "adapters/postgres/unit_of_work.py",
    "entrypoints/http",
    "migrations/__init__.py",
)


def _package(name: str) -> Path:
    return ROOT / "services" / f"{name}-svc" / "src" / f"{name}_svc"


def _files(folders: tuple[str, ...], pattern: str = "*.py") -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob(pattern) if "__pycache__" not in path.parts)


def _relative(paths: list[Path]) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in paths)


@pytest.mark.parametrize("name", SERVICES)
def test_four_services_have_one_shape(name: str) -> None:
    entries = {path.name for path in _package(name).iterdir() if path.name != "__pycache__"}
    assert entries == SHAPE
    assert not [place for place in PLACES if not (_package(name) / place).exists()]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_its_canvas_and_one_console_script(name: str) -> None:
    assert (ROOT / "services" / f"{name}-svc" / "README.md").is_file()
    project = tomllib.loads(
        (ROOT / "services" / f"{name}-svc" / "pyproject.toml").read_text(encoding="utf-8")
    )
    assert project["project"]["scripts"] == {f"{name}-svc": f"{name}_svc.main:main"}


@pytest.mark.parametrize("name", SERVICES)
def test_only_settings_reads_the_environment(name: str) -> None:
    readers = [
        path
        for path in _files((f"services/{name}-svc",))
        if path.name != "settings.py"
        and re.search(r"\bos\.(environ|getenv)\b", path.read_text(encoding="utf-8"))
    ]
    assert not _relative(readers)


@pytest.mark.parametrize("name", SERVICES)
def test_the_domain_has_no_clock_and_no_chance(name: str) -> None:
    impure = re.compile(
        r"\b(datetime\.now|datetime\.utcnow|time\.(time|monotonic)|uuid4|uuid7|new_id|random\.|secrets\.|open)\("
    )
    offenders = [
        path for path in (_package(name) / "domain").glob("*.py") if impure.search(path.read_text("utf-8"))
    ]
    assert not _relative(offenders)


def test_no_file_is_longer_than_its_budget() -> None:
    long = [
        *(path for path in _files(SOURCE_FOLDERS) if _lines(path) > SOURCE_LINES),
        *(path for path in _files(("tests",)) if _lines(path) > TEST_LINES),
    ]
    assert not _relative(long)


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in _files((*SOURCE_FOLDERS, "tests"))
        for node in statements(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    ]
    assert not long


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not _relative([path for path in _files((*SOURCE_FOLDERS, "tests")) if path.stem in VAGUE])


def test_services_and_shared_code_do_not_know_the_stand_in_provider() -> None:
    texts = [*_files(("shared", "services")), *_files(("shared", "services"), "*.sql")]
    texts += [*_files(("shared", "services"), "*.md"), *_files(("shared", "services"), "*.toml")]
    assert not _relative([path for path in texts if ONE_MACHINE.search(path.read_text(encoding="utf-8"))])


def test_nothing_is_left_to_do_and_no_test_is_switched_off() -> None:
    files = [path for path in _files((*SOURCE_FOLDERS, "tests")) if path != Path(__file__)]
    assert not _relative([path for path in files if UNFINISHED.search(path.read_text(encoding="utf-8"))])
    assert not _relative([path for path in files if SWITCHED_OFF.search(path.read_text(encoding="utf-8"))])


def test_every_exception_to_the_linter_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ignored = re.search(r"^ignore = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert ignored
    assert not [line for line in ignored[1].splitlines() if line.strip() and "#" not in line]
    per_file = text.partition("[tool.ruff.lint.per-file-ignores]\n")[2].partition("\n[")[0]
    code = re.compile(r'"[A-Z]+\d*"')
    assert not [line for line in per_file.splitlines() if code.search(line) and "#" not in line]


def test_every_suppression_in_the_code_names_its_rule() -> None:
    blanket = re.compile(r"#\s*(noqa(?!: ?[A-Z]+\d)|type: ignore(?!\[))")
    files = [path for path in _files((*SOURCE_FOLDERS, "tests")) if path != Path(__file__)]
    assert not _relative([path for path in files if blanket.search(path.read_text(encoding="utf-8"))])


def test_migrations_say_when_they_run_and_what_they_do() -> None:
    folders = [
        *(_package(name) / "migrations" for name in SERVICES),
        ROOT / "shared/src/koppel/platform/migrations",
    ]
    grammar = re.compile(r"\d{4}_(pre|post)_[a-z][a-z0-9_]*\.sql")
    assert not _relative(
        [path for folder in folders for path in folder.glob("*.sql") if not grammar.fullmatch(path.name)]
    )


def test_no_two_migrations_of_a_schema_have_one_number() -> None:
    for folder in {file.parent for file in ROOT.glob("s*/**/migrations/0*.sql")}:
        numbers = [file.name.split("_")[0] for file in folder.glob("0*.sql")]
        assert len(set(numbers)) == len(numbers), folder


@pytest.mark.parametrize("name", SERVICES)
def test_every_table_with_an_organisation_forces_row_level_security(name: str) -> None:
    sql = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((_package(name) / "migrations").glob("*.sql"))
    )
    tables = {
        table
        for table, body in re.findall(
            r'create table (?:if not exists )?"?(\w+)"? \((.*?)\n\)', sql, re.DOTALL | re.IGNORECASE
        )
        if re.search(r"^\s*organisation_id\s", body, re.MULTILINE)
    }
    assert tables
    for table in tables:
        assert re.search(rf'alter table "?{table}"?\s+force row level security', sql, re.IGNORECASE), table
        assert re.search(rf'on "?{table}"?\s+using \(koppel_visible', sql, re.IGNORECASE), table


def test_no_statement_notifies() -> None:
    """NOTIFY takes one lock of the whole database at every commit."""
    sources = [*_files(("shared", "services"), "*.sql"), *_files(("shared", "services"))]
    found = [path for path in sources if NOTIFIES.search(path.read_text(encoding="utf-8"))]
    assert not _relative(found)


def test_whoever_runs_a_statement_that_appends_wakes_the_relay() -> None:
    """A module that reads such a statement from its file calls `note_append`."""
    statements = [
        path
        for path in _files(("shared", "services"), "*.sql")
        if path.parent.name != "migrations" and "insert into event_log" in path.read_text(encoding="utf-8")
    ]
    readers = [
        module
        for path in statements
        for module in path.parent.glob("*.py")
        if f'"{path.name}"' in module.read_text(encoding="utf-8")
    ]
    assert len(readers) >= len(statements) > 1
    assert not _relative([path for path in readers if "note_append(" not in path.read_text(encoding="utf-8")])
    inline = [
        path
        for path in _files(("shared/src/koppel/platform", "services"))
        if "insert into event_log" in path.read_text(encoding="utf-8")
    ]
    assert not _relative(inline)


def test_statements_that_append_write_the_log_and_its_pointers_alike() -> None:
    """Three statements insert into the log (ADR 0002 says why no function does): the same columns, the same shard."""
    statements = [
        " ".join(path.read_text(encoding="utf-8").split())
        for path in _files(("shared", "services"), "*.sql")
        if path.parent.name != "migrations" and "insert into event_log" in path.read_text(encoding="utf-8")
    ]
    appends = {re.search(r"insert into event_log \([^()]*\)", each) for each in statements}
    assert len({found.group() for found in appends if found}) == 1
    pointing = "insert into outbox_pending (seq, logged_on, shard) select seq, logged_on, outbox_shard("
    assert all(pointing in each for each in statements)


ROOMS = sorted(each.parent for each in (ROOT / "shared/src/koppel/platform").rglob("__init__.py"))


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_each_room_of_the_platform_says_which_file_does_what(room: Path) -> None:
    told = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    files = {each.stem for each in room.glob("*.py")} - {"__init__"}
    folders = {f"{each.parent.name}/" for each in room.glob("*/__init__.py")}
    assert [name for name in sorted(files | folders) if f"`{name}`" not in told] == []
