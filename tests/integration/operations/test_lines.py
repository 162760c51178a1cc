"""What an operator reads in the log about events that could not be applied: a line each, ids and codes, on commit."""

import logging

import pytest

from koppel.contracts.administration import AdministrationRenamed
from koppel.kernel.errors import Permanent, Transient
from koppel.platform.outbox import log_lines as lines_of_events

from .situation import Situation

SECRET = "kanarie-91"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def lines(log: pytest.LogCaptureFixture, message: str) -> list[logging.LogRecord]:
    return [line for line in log.records if line.getMessage() == message]


async def test_a_parked_event_leaves_one_line_however_often_it_comes(
    situation: Situation, log: pytest.LogCaptureFixture
) -> None:
    situation.failing[SECRET] = Permanent("refused", "No.")
    item = situation.renamed(SECRET, 1)
    await situation.arrive(item)
    await situation.arrive(item)
    (line,) = lines(log, "parked")
    (row,) = await situation.parked()
    assert (line.levelname, line.exc_info) == ("WARNING", None)
    told = line.__dict__
    assert (told["consumer"], told["topic"], told["key"]) == (situation.consumer, row["topic"], row["key"])
    assert (told["version"], told["cause"], told["code"]) == (1, "permanent", "refused")
    assert told["organisation_id"] == str(situation.organisation.organisation_id)
    assert told["event_id"] == row["event_id"]
    assert SECRET not in log.text + str([line.__dict__ for line in log.records])


async def test_what_nobody_foresaw_is_an_error_with_its_stack(
    situation: Situation, log: pytest.LogCaptureFixture
) -> None:
    situation.failing["bad"] = ZeroDivisionError()
    await situation.arrive(situation.renamed("bad", 1))
    (line,) = lines(log, "parked")
    assert line.levelname == "ERROR"
    assert line.exc_info is not None
    assert isinstance(line.exc_info[1], ZeroDivisionError)


async def test_what_is_tried_again_by_itself_is_said_each_time_and_warned_of_at_last(
    situation: Situation, log: pytest.LogCaptureFixture
) -> None:
    situation.failing["busy"] = Transient("busy", "Later.")
    await situation.arrive(situation.renamed("busy", 1))
    await situation.retry.run_due()
    assert [line.levelname for line in lines(log, "parked")] == ["INFO"]
    again = lines(log, "parked event failed again")
    assert [(line.levelname, line.__dict__["attempts"]) for line in again] == [("INFO", 2), ("WARNING", 3)]


async def test_bytes_that_are_no_event_leave_a_line(
    situation: Situation, log: pytest.LogCaptureFixture
) -> None:
    await situation.arrive(situation.no_event())
    (line,) = lines(log, "parked")
    assert (line.levelname, line.__dict__["cause"]) == ("WARNING", "malformed")


async def test_a_thousand_parked_at_once_are_a_few_lines(
    situation: Situation, log: pytest.LogCaptureFixture
) -> None:
    await situation.arrive(*(situation.no_event() for _ in range(1_000)))
    assert len(lines(log, "parked")) == 10
    assert len(lines(log, "parked: 990 more")) == 1


async def test_an_operators_acts_and_what_comes_of_them_leave_a_line_each(
    situation: Situation, log: pytest.LogCaptureFixture
) -> None:
    situation.failing |= {name: Permanent("refused", "No.") for name in ("one", "two")}
    await situation.arrive(situation.elsewhere("one", 1), situation.elsewhere("two", 1))
    first, second = await situation.parked()
    situation.failing.clear()
    await situation.parked_events.retry(first["id"], actor=situation.operator, reason=SECRET)
    await situation.retry.run_due()
    await situation.parked_events.discard(second["id"], actor=situation.operator, reason=SECRET)
    for message, parked in (("parked_event.retried", first), ("parked_event.discarded", second)):
        (line,) = lines(log, message)
        assert (line.levelname, line.__dict__["actor"]) == ("INFO", situation.operator)
        assert str(parked["id"]) in line.__dict__["target"]
    (applied,) = lines(log, "parked event applied")
    assert applied.__dict__["parked_id"] == str(first["id"])
    assert SECRET not in str([line.__dict__ for line in log.records])


async def test_what_a_failing_handler_wrote_leaves_no_line(
    situation: Situation, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_of_events, "LINES", {AdministrationRenamed: (logging.INFO, "renamed")})
    situation.failing["bad"] = Permanent("refused", "No.")
    situation.appends = True
    await situation.arrive(situation.renamed("bad", 1), situation.elsewhere("good", 1))
    assert [line.getMessage() for line in log.records if line.name.startswith("koppel")] == [
        "a handler failed (Permanent); its batch of 2 is run event by event",
        "parked",
        "renamed",
    ]
