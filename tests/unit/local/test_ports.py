"""Ports: remembered, defaulted or free, in that order."""

from pathlib import Path

import pytest

from koppel_local.process import ports
from koppel_local.process.ports import Ports


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Ports that another program listens on."""
    numbers: set[int] = set()
    monkeypatch.setattr(ports, "port_is_free", lambda port: port not in numbers)
    monkeypatch.setattr(ports, "any_free_port", lambda: 50_000)
    return numbers


def test_the_default_is_used_when_it_is_free(tmp_path: Path, taken: set[int]) -> None:
    assert Ports(tmp_path).choose("sync-svc", 8104) == 8104


def test_a_taken_default_is_avoided_and_said(tmp_path: Path, taken: set[int]) -> None:
    taken.add(8104)
    said: list[str] = []
    assert Ports(tmp_path, said.append).choose("sync-svc", 8104) == 8114
    assert said == ["sync-svc: port 8104 is taken by another program, using 8114"]


def test_a_port_is_kept_for_the_next_start(tmp_path: Path, taken: set[int]) -> None:
    taken.add(8104)
    first = Ports(tmp_path).choose("sync-svc", 8104)
    taken.clear()
    assert Ports(tmp_path).choose("sync-svc", 8104) == first


def test_a_kept_port_that_was_taken_meanwhile_is_given_up_and_said(tmp_path: Path, taken: set[int]) -> None:
    said: list[str] = []
    Ports(tmp_path).choose("kafka")
    taken.add(50_000)
    monkey = Ports(tmp_path, said.append)
    monkey.choose("kafka")
    assert "port 50000 is taken" in said[0]


def test_parts_of_one_stack_never_share_a_port(tmp_path: Path, taken: set[int]) -> None:
    taken.add(8101)
    stack = Ports(tmp_path)
    chosen = [stack.choose(name, 8101) for name in ("one", "two", "three")]
    assert len(set(chosen)) == 3


def test_a_part_that_had_to_move_keeps_the_default_of_another_one_that_starts_later(
    tmp_path: Path, taken: set[int]
) -> None:
    """Nobody listens on it yet, and both would."""
    taken.add(8170)
    said: list[str] = []
    stack = Ports(tmp_path, said.append)
    assert stack.choose("identity", 8170) == 8180
    assert stack.choose("console", 8180) == 8190
    assert said[1] == "console: port 8180 is taken by identity, using 8190"
    assert (stack.choose("identity", 8170), stack.choose("console", 8180)) == (8180, 8190)


def test_a_spoilt_note_counts_as_none(tmp_path: Path, taken: set[int]) -> None:
    (tmp_path / "kafka").write_text("not a number")
    assert Ports(tmp_path).remembered("kafka") is None
