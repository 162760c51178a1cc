"""The import rules of `pyproject.toml` are kept here, and each of them bites on a seeded tree."""

import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SERVICES = ("connection_svc", "import_svc", "assignment_svc", "sync_svc")
SHARED = ("kernel", "contracts", "ports", "platform", "providers", "testing")
FOLDERS = ("entrypoints", "adapters", "application", "domain", "migrations")
ROOMS = ("command_line", "service", "operations", "restore", "replay", "consumer", "outbox")
REPLAY = ("sender", "target", "lifecycle", "freeze", "snapshot", "resolve_targets", "model")


@dataclass(frozen=True, slots=True)
class Seed:
    """A forbidden import: `module` imports `target`, which breaks the contract `contract`."""

    contract: str
    module: str
    target: str


def _forbidden_of_every_kind() -> list[Seed]:
    """Every (source, forbidden) pair of the forbidden contracts."""
    return [
        Seed(contract["id"], source, target)
        for contract in _contracts()
        for source in contract.get("source_modules", ())
        for target in contract.get("forbidden_modules", ())
    ]


def _contracts() -> list[dict[str, Any]]:
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = content["tool"]["importlinter"]["contracts"]
    return found


LAYERS = [
    Seed("layers", f"{service}.{inner}", f"{service}.{outer}")
    for service in SERVICES
    for inner, outer in (
        ("domain", "application"),
        ("domain", "adapters"),
        ("application", "adapters"),
        ("application", "entrypoints"),
        ("adapters", "entrypoints"),
        ("entrypoints", "adapters"),
        ("entrypoints", "main"),
        ("adapters", "settings"),
    )
]
PLATFORM = [
    *(
        Seed("rooms", f"koppel.platform.{inner}", f"koppel.platform.{outer}")
        for outer, inner in (
            *pairwise(("service", "operations", "replay", "consumer", "outbox")),
            ("replay", "restore"),
        )
    ),
    *(
        Seed("replay", f"koppel.platform.replay.{inner}", f"koppel.platform.replay.{outer}")
        for outer, inner in (
            ("sender", "lifecycle"),
            ("target", "lifecycle"),
            ("sender", "target"),
            ("target", "sender"),
        )
    ),
]
INDEPENDENCE = [Seed("services", one, other) for one in SERVICES for other in SERVICES if one != other]


def _clean_tree(root: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", root)
    for package in (
        *SERVICES,
        "koppel",
        "koppel_sandbox",
        "koppel_identity",
        "koppel_local",
        "koppel_cli",
        "koppel_console",
    ):
        _package(root / package)
    for name in SHARED:
        _package(root / "koppel" / name)
    for name in ROOMS:
        _package(root / "koppel/platform" / name)
    for name in REPLAY:
        _package(root / "koppel/platform/replay" / name)
    for service in SERVICES:
        for name in FOLDERS:
            _package(root / service / name)
        (root / service / "settings.py").touch()
        (root / service / "main.py").touch()


def _package(folder: Path) -> None:
    folder.mkdir()
    (folder / "__init__.py").touch()


def _plant(root: Path, number: int, seed: Seed) -> None:
    folder = root / seed.module.replace(".", "/")
    if seed.module in SERVICES:  # a loose module would break the layers' exhaustiveness instead
        folder /= "entrypoints"
    (folder / f"seed_{number}.py").write_text(f"import {seed.target}\n")


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    return subprocess.run(
        [*command, "--no-cache", "--no-logo"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _broken(output: str, name: str) -> str:
    """What the report says about one broken contract."""
    details = output.partition("Broken contracts")[2]
    found = re.search(
        rf"^{re.escape(name)}\n-+\n(.*?)(?=^\S[^\n]*\n-+\n|\Z)", details, re.MULTILINE | re.DOTALL
    )
    return found[1] if found else ""


@pytest.fixture(scope="module")
def seeded_report(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("seeded")
    _clean_tree(root)
    for number, seed in enumerate(ALL):
        _plant(root, number, seed)
    result = _lint(root)
    assert result.returncode != 0, result.stdout
    return result.stdout


ALL = [*LAYERS, *PLATFORM, *INDEPENDENCE, *_forbidden_of_every_kind()]


def test_the_tree_keeps_every_rule() -> None:
    result = _lint(ROOT)
    assert result.returncode == 0, result.stdout


def test_a_clean_tree_is_accepted(tmp_path: Path) -> None:
    _clean_tree(tmp_path)
    result = _lint(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_contract_has_a_seed() -> None:
    assert {seed.contract for seed in ALL} == {contract["id"] for contract in _contracts()}


def test_every_forbidden_import_is_named(seeded_report: str) -> None:
    told = {contract["id"]: _broken(seeded_report, contract["name"]) for contract in _contracts()}
    unseen = [
        seed
        for number, seed in enumerate(ALL)
        if not re.search(rf"\bseed_{number}\b -> {re.escape(seed.target)}\b", told[seed.contract])
    ]
    assert unseen == []


def test_a_module_outside_the_layers_is_refused(tmp_path: Path) -> None:
    _clean_tree(tmp_path)
    (tmp_path / "sync_svc" / "helpers.py").touch()
    result = _lint(tmp_path)
    assert result.returncode != 0
    assert "sync_svc.helpers" in result.stdout
