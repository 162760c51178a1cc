"""The rate limit and the fault switch."""

import pytest

from koppel_sandbox.control.call_ledger import Call, CallLedger
from koppel_sandbox.control.faults import DELAY, DROP, STATUS, FaultBoard, Match
from koppel_sandbox.instants import SECOND
from koppel_sandbox.windows import Window

COMPANY = "c-1"


def test_the_limit_is_per_client_and_endpoint_and_opens_again_after_a_minute() -> None:
    now = [0]
    limit = Window("calls", 2, 60 * SECOND, lambda: now[0])
    assert [limit.seconds_to_wait(("a", "customers")) for _ in range(3)] == [0, 0, 60]
    assert limit.seconds_to_wait(("a", "suppliers")) == 0
    assert limit.seconds_to_wait(("b", "customers")) == 0
    now[0] = 59 * SECOND + 1
    assert limit.seconds_to_wait(("a", "customers")) == 1
    now[0] = 60 * SECOND
    assert limit.seconds_to_wait(("a", "customers")) == 0


def test_a_limit_of_nought_is_none() -> None:
    limit = Window("calls", 0, 60 * SECOND, lambda: 0)
    assert not any(limit.seconds_to_wait(("a", "customers")) for _ in range(1000))


@pytest.mark.parametrize(
    ("match", "covered"),
    [
        (Match(), True),
        (Match(path="/v2/customers"), True),
        (Match(path="/v2/"), True),
        (Match(path="/v2/cust"), False),
        (Match(path="/v2/cust*"), True),
        (Match(path="/v2/*/x"), True),
        (Match(path="/v2/suppliers"), False),
        (Match(method="GET", path="/v2", company_id=COMPANY), True),
        (Match(method="POST"), False),
        (Match(company_id="c-2"), False),
    ],
)
def test_faults_match_on_method_path_and_company(match: Match, covered: bool) -> None:
    assert match.covers("GET", "/v2/customers/x", COMPANY) is covered


def test_a_fault_applies_as_often_as_ordered() -> None:
    board = FaultBoard()
    board.add(DROP, Match(), 2, {})
    assert [len(board.take("GET", "/v2/customers", None)) for _ in range(3)] == [1, 1, 0]
    assert board.listed()[0]["hits"] == 2
    board.clear()
    assert board.listed() == []


def test_delays_come_on_top_of_the_first_other_fault() -> None:
    board = FaultBoard()
    board.add(STATUS, Match(), None, {"status": 503})
    board.add(DROP, Match(), 1, {})
    board.add(DELAY, Match(), None, {"seconds": 1})
    assert [fault.kind for fault in board.take("GET", "/v2/customers", None)] == [STATUS, DELAY]
    assert [fault["remaining"] for fault in board.listed()] == [None, 1, None]


def test_the_ledger_is_read_from_an_index_or_a_time() -> None:
    ledger = CallLedger()
    for number in range(4):
        ledger.add(Call(number * SECOND, "app", None, None, "GET", f"/v2/{number}", "", 200, None))
    assert [each["index"] for each in ledger.since_index(2)] == [2, 3]
    assert [each["path"] for each in ledger.since_instant(3 * SECOND)] == ["/v2/3"]
    ledger.clear()
    assert ledger.since_index(0) == []
    assert ledger.count == 0
