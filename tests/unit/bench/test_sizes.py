"""Sizes of a run, and the command line that sets them."""

import pytest
from tests.bench.__main__ import parser
from tests.bench.sizes import Sizes


def test_scaling_leaves_the_rounds_alone() -> None:
    small = Sizes().scaled(0.01)
    assert (small.contacts, small.memory_records, small.administrations) == (1000, 10_000, 10)
    assert small.rounds == Sizes().rounds


def test_nothing_is_scaled_away() -> None:
    tiny = Sizes().scaled(1e-9)
    assert (tiny.contacts, tiny.memory_records, tiny.administrations) == (1, 1, 1)


def test_a_begun_sync_counts_whole() -> None:
    assert Sizes(contacts=100, memory_records=250).memory_syncs == 3


def test_the_command_line_refuses_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["--contacts", "0"])
    assert "must be 1 or more" in capsys.readouterr().err


def test_parts_can_be_chosen() -> None:
    assert parser().parse_args(["--only", "syncs", "--only", "memory"]).only == ["syncs", "memory"]
