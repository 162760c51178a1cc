"""What `make containers` decides before an engine runs."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.containers import own_engine
from tests.containers.__main__ import cache_folder, chapters, main
from tests.containers.compose import Compose
from tests.containers.documented import commands
from tests.containers.engine import PersonsEngine, run
from tests.containers.tree import LAID_OVER, ROOT, copy_tree, lay_over

from koppel_local.failure import SetupFailed


def test_without_an_engine_and_without_root_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("KOPPEL_CACHE_DIR", str(tmp_path))
    assert main([]) == 1
    said = capsys.readouterr().err
    assert said == (
        "error: No container engine answers here. Start Docker with its compose plugin, or run this as root on Debian.\n"
    )
    assert not list(tmp_path.iterdir())


def test_its_cache_lies_outside_the_clone_and_one_command_removes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("KOPPEL_CACHE_DIR", raising=False)
    assert not cache_folder().is_relative_to(ROOT)
    monkeypatch.setenv("KOPPEL_CACHE_DIR", str(tmp_path))
    (cache_folder() / "data").mkdir(parents=True)
    assert main(["remove"]) == 0
    assert not cache_folder().exists()


def test_variables_are_quoted_so_that_nothing_is_replaced(tmp_path: Path) -> None:
    Compose(PersonsEngine(), tmp_path, {"KOPPEL_KAFKA_PORT": 7}).set_variables(POSTGRES_PASSWORD="it's $5 #1")
    assert (tmp_path / ".env").read_text() == ("KOPPEL_KAFKA_PORT='7'\nPOSTGRES_PASSWORD='it\\'s $5 #1'\n")


def test_a_command_that_fails_gives_the_end_of_what_it_said() -> None:
    with pytest.raises(SetupFailed) as failed:
        run(["sh", "-c", "echo so; echo why >&2; exit 3"], said="That")
    assert (failed.value.detail, failed.value.log_tail) == ("That failed.", "so\nwhy")


def test_the_clone_is_private_and_the_next_release_has_two_migrations_more(tmp_path: Path) -> None:
    copy_tree(tmp_path)
    modes: Sequence[int] = [path.stat().st_mode & 0o077 for path in (tmp_path / "deploy").rglob("*")]
    assert set(modes) == {0}
    lay_over(tmp_path)
    assert set(LAID_OVER) <= {path.name for path in (tmp_path / "services/sync-svc").rglob("*.sql")}


def test_the_page_gives_the_commands_in_its_order() -> None:
    install = commands("Install").splitlines()
    assert install[0].startswith("docker compose --profile sandbox up --no-build")
    assert "finish-sync-svc" in install[-1]


def test_a_night_plays_everything_and_a_day_leaves_out_what_takes_long(tmp_path: Path) -> None:
    day, night = ([title for title, _ in chapters(tmp_path, everything=each)] for each in (False, True))
    assert [title for title in night if title in day] == day
    assert len(night) > len(day)
    assert "containers ALL=1" in (ROOT / ".ci/nightly").read_text(encoding="utf-8")
    assert "$(if $(ALL),everything)" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_cache_is_bounded_before_anything_is_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said: list[list[str]] = []
    monkeypatch.setattr(own_engine, "run", lambda words, **_: said.append(list(words)))
    monkeypatch.setattr(own_engine.OwnEngine, "_start", lambda *_: said.append(["start"]))
    monkeypatch.setattr(own_engine.OwnEngine, "command", lambda _, *words: list(words))
    engine = own_engine.OwnEngine(tmp_path, tmp_path / "run")
    engine.to_build()
    engine._lock.close()
    assert said[-3:] == [
        ["start"],
        ["image", "prune", "--force"],
        ["builder", "prune", "--force", "--keep-storage", "6GB"],
    ]
