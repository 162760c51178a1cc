"""Lines about a transaction: after its commit, none of what was rolled back, and never thousands."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from koppel.platform.telemetry import log_on_commit, metrics
from koppel.platform.telemetry.commit_lines import (
    lines_of_savepoint,
    lines_of_transaction,
    lines_together,
)

log = logging.getLogger("koppel.test.lines")


class Kept(logging.Handler):
    def __init__(self, kept: list[logging.LogRecord]) -> None:
        super().__init__()
        self.kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record)


@pytest.fixture
def lines() -> Iterator[list[logging.LogRecord]]:
    handler = Kept([])
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield handler.kept
    log.removeHandler(handler)


def say(message: str = "done", **fields: Any) -> None:
    log_on_commit(log, logging.INFO, message, **fields)


def messages(lines: list[logging.LogRecord]) -> list[str]:
    return [line.getMessage() for line in lines]


def test_a_line_comes_when_the_transaction_is_through(lines: list[logging.LogRecord]) -> None:
    with lines_of_transaction():
        say(code="c", nothing=None, long="x" * 5_000)
        assert lines == []
    (line,) = lines
    assert line.__dict__["code"] == "c"
    assert "nothing" not in line.__dict__
    assert line.__dict__["long"] == "x" * 200 + "..."


def test_what_is_rolled_back_leaves_no_line(lines: list[logging.LogRecord]) -> None:
    with pytest.raises(ValueError, match="back"), lines_of_transaction():
        say()
        raise ValueError("back")
    assert lines == []
    say("after")
    assert messages(lines) == ["after"]


def test_a_savepoint_takes_its_own_lines_back_only(lines: list[logging.LogRecord]) -> None:
    with lines_of_transaction():
        say("before")
        with pytest.raises(ValueError, match="back"), lines_of_savepoint():
            say("inside")
            raise ValueError("back")
        with lines_of_savepoint():
            say("kept")
    assert messages(lines) == ["before", "kept"]


def test_a_dry_run_leaves_no_line(lines: list[logging.LogRecord]) -> None:
    with lines_of_transaction(), metrics.unrecorded():
        say()
    assert lines == []


def test_another_transaction_inside_has_lines_of_its_own(lines: list[logging.LogRecord]) -> None:
    with pytest.raises(ValueError, match="back"), lines_of_transaction():
        say("outer")
        with lines_of_transaction():
            say("inner")
        raise ValueError("back")
    assert messages(lines) == ["inner"]


async def test_transactions_concurrently_do_not_mix(lines: list[logging.LogRecord]) -> None:
    begun = asyncio.Event()

    async def fails() -> None:
        with lines_of_transaction():
            say("fails")
            begun.set()
            await asyncio.sleep(0)
            raise ValueError

    async def passes() -> None:
        await begun.wait()
        with lines_of_transaction():
            say("passes")

    await asyncio.gather(fails(), passes(), return_exceptions=True)
    assert messages(lines) == ["passes"]


def test_of_a_thousand_of_one_kind_ten_are_written_and_counted(lines: list[logging.LogRecord]) -> None:
    with lines_of_transaction():
        for number in range(1_000):
            say("parked", number=number)
        say("another")
    assert messages(lines) == ["parked"] * 10 + ["another", "parked: 990 more"]


def test_a_round_of_transactions_shares_the_ten(lines: list[logging.LogRecord]) -> None:
    with lines_together():
        for _ in range(12):
            with lines_of_transaction():
                say("applied")
        assert messages(lines) == ["applied"] * 10
    assert messages(lines)[-1] == "applied: 2 more"


def test_an_error_comes_with_its_stack(lines: list[logging.LogRecord]) -> None:
    with lines_of_transaction():
        log_on_commit(log, logging.ERROR, "parked", error=ValueError("unforeseen"))
    (line,) = lines
    assert line.exc_info is not None
    assert isinstance(line.exc_info[1], ValueError)
