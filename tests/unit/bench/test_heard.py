"""When a first sync counts as over: its run ended, and as many records as it names were heard."""

import orjson
import pytest
from tests.bench.heard import Heard, RunFailed

from koppel.contracts.sync import SyncCompleted, SyncProgressed

ADMINISTRATION = "0199b1a4-0000-7000-8000-000000000001"
OTHER = "0199b1a4-0000-7000-8000-000000000002"


def _tell(
    heard: Heard, event: type[SyncCompleted] | type[SyncProgressed], outcome: str, *changed: int
) -> None:
    value = orjson.dumps({"outcome": outcome, "resources": [{"changed": number} for number in changed]})
    heard.take_run_event(ADMINISTRATION.encode(), [("ce_type", event.type_name().encode())], value)


def _keys(administration_id: str, count: int) -> list[bytes]:
    return [f"{administration_id}/contact/{number}".encode() for number in range(count)]


def test_a_run_that_ended_waits_for_its_last_record() -> None:
    heard = Heard()
    _tell(heard, SyncCompleted, "changed", 2, 1)
    heard.take_records(_keys(ADMINISTRATION, 2), 10.0)
    assert not heard.of(ADMINISTRATION).is_all
    heard.take_records(_keys(ADMINISTRATION, 1), 11.0)
    assert heard.of(ADMINISTRATION).is_all
    assert heard.of(ADMINISTRATION).last_record_at == 11.0


def test_records_alone_do_not_end_a_run() -> None:
    heard = Heard()
    heard.take_records(_keys(ADMINISTRATION, 1000), 10.0)
    _tell(heard, SyncProgressed, "changed", 1)
    assert not heard.of(ADMINISTRATION).is_all


def test_records_of_another_administration_do_not_count() -> None:
    heard = Heard()
    _tell(heard, SyncCompleted, "changed", 1)
    heard.take_records(_keys(OTHER, 5), 10.0)
    assert not heard.of(ADMINISTRATION).is_all
    assert heard.records == 5


def test_a_run_that_did_not_bring_everything_is_no_measurement() -> None:
    heard = Heard()
    _tell(heard, SyncCompleted, "partial", 1)
    with pytest.raises(RunFailed):
        _ = heard.of(ADMINISTRATION).is_all
