"""The engine that a person has: found by what it answers, and asked as it is."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.containers.compose import Compose
from tests.containers.engine import PersonsEngine, persons_engine, run
from tests.containers.images import IMAGES, OBSERVABILITY, build, build_observability, forget_newer


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `docker` that writes down its folder and words, and refuses what the file `refuses` names."""
    folder = tmp_path / "a person's bin"
    folder.mkdir()
    program = folder / "docker"
    program.write_text(
        '#!/bin/sh\nprintf "%s %s\\n" "$PWD" "$*" >>"$DOCKER_ASKED"\n'
        'if [ -e "$DOCKER_ASKED.refuses" ] && [ "$*" = "$(cat "$DOCKER_ASKED.refuses")" ]; then exit 1; fi\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_ASKED", str(asked := tmp_path / "asked"))
    return asked


def test_one_that_answers_with_compose_is_used(docker: Path) -> None:
    assert persons_engine()
    assert [line.partition(" ")[2] for line in docker.read_text().splitlines()] == ["info", "compose version"]


@pytest.mark.parametrize("refused", ["info", "compose version"])
def test_one_that_does_not_run_or_has_no_compose_is_none(docker: Path, refused: str) -> None:
    docker.with_name("asked.refuses").write_text(refused)
    assert not persons_engine()


def test_a_machine_without_docker_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not persons_engine()


def test_it_builds_every_image_from_the_clone_and_nothing_stands_in(docker: Path) -> None:
    engine, tree = PersonsEngine(), docker.parent / "a clone"
    engine.to_build()
    build(engine, tree)
    build_observability(engine, tree)
    engine.to_run()
    said = docker.read_text()
    assert not engine.stands_in
    assert "--network" not in said
    for image in IMAGES:
        assert f"--build-arg SERVICE={image} --tag koppel/{image}:latest {tree}\n" in said
    for image in OBSERVABILITY:
        assert f"--target {image} --tag koppel/{image} {tree}/deploy\n" in said


def test_the_pages_commands_run_in_the_clone_whatever_it_is_called(docker: Path) -> None:
    tree = docker.parent / "it's a clone"
    tree.mkdir()
    Compose(PersonsEngine(), tree, {}).documented("A token")
    assert docker.read_text().startswith(f"{tree} compose run --rm koppel token --organisation ")


def test_the_first_of_the_pages_commands_that_fails_ends_them(docker: Path) -> None:
    tree = docker.parent
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(PersonsEngine().shell(tree, "docker one; false; docker two"), check=True)
    assert docker.read_text() == f"{tree} one\n"


def test_a_program_beside_it_is_a_program_of_this_machine() -> None:
    assert run(PersonsEngine().beside("echo", "here"), said="echo") == "here\n"


def test_the_release_that_was_made_up_is_not_left_under_the_name_that_a_start_takes(docker: Path) -> None:
    forget_newer(PersonsEngine())
    assert docker.read_text().endswith(" image rm --force koppel/sync-svc:latest koppel/sync-svc:newer\n")


def test_it_is_left_running(docker: Path) -> None:
    PersonsEngine().stop()
    assert not docker.exists()
