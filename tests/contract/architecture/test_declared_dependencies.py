"""A package imports what it declares, or what a package of ours that it depends on declares: an image has no more."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
OURS = {"koppel", "koppel_local", "koppel_sandbox", "koppel_cli"}
EXTRAS = {"kafka": "aiokafka", "crypto": "cryptography"}
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
    trees = [
        ast.parse(path.read_text(encoding="utf-8"))
        for path in folder.rglob("*.py")
        if not any(path.is_relative_to(apart) for apart in APART)
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    tops = {name.partition(".")[0] for name in plain | named if name}
    return {top for top in tops if top not in sys.stdlib_module_names | OURS and not top.endswith("_svc")}


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
