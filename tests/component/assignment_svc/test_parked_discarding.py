"""`koppel parked discard` says what it would cost before it does anything, and asks where it costs more than the event."""

import json
import sys
from io import StringIO

import pytest

from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.processor import Processor
from koppel.testing.administrations import removed
from koppel.testing.deliveries import delivery

from .defect import ADefect

IN_ITS_PLACE = "1 of the same version would be applied in its place: AdministrationRemoved"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
async def contested(defect: ADefect) -> tuple[ADefect, str]:
    """Behind the parked event waits another that claims its version: the removal of the administration."""
    stream = defect.streams[0]
    rival = delivery(removed(stream), 1, defect.hearing, event_id=str(new_id()))
    await Processor(defect.database, defect.hearing, RetryPolicy()).apply([rival])
    await defect.mend()
    return defect, await _parked_id(defect)


async def _parked_id(defect: ADefect) -> str:
    _, out, _ = await defect.type("parked", "list", "--json")
    (found,) = (each for each in json.loads(out) if each["key"] == str(defect.streams[0].administration_id))
    return str(found["id"])


def _discard(parked_id: str, *more: str) -> list[str]:
    return ["parked", "discard", parked_id, "--reason", "written by hand", *more]


async def test_without_a_terminal_it_refuses_and_says_what_it_would_do(
    contested: tuple[ADefect, str],
) -> None:
    it, parked_id = contested
    for json_too in ([], ["--json"]):
        code, out, err = await it.type(*_discard(parked_id, *json_too))
        assert (code, out) == (1, "")
        assert IN_ITS_PLACE in err
        assert "--yes" in err
    assert (await _parked_id(it), await it.audit()) == (parked_id, [])


async def test_with_yes_it_says_so_and_does_it(contested: tuple[ADefect, str]) -> None:
    it, parked_id = contested
    code, out, err = await it.type(*_discard(parked_id, "--yes"))
    assert (code, IN_ITS_PLACE in err) == (0, True)
    assert "1 of the same version applied in its place: AdministrationRemoved" in " ".join(out.split())
    assert "is at version 3" in " ".join(out.split())
    (entry,) = await it.audit()
    assert (entry["action"], entry["reason"]) == ("parked_event.discarded", "written by hand")


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("", 1)])
async def test_at_a_terminal_it_asks(
    contested: tuple[ADefect, str], monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    it, parked_id = contested
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    done, _, err = await it.type(*_discard(parked_id))
    assert (done, IN_ITS_PLACE in err, "go on?" in err) == (code, True, True)
    assert len(await it.audit()) == 1 - code


async def test_a_dry_run_does_nothing(contested: tuple[ADefect, str]) -> None:
    it, parked_id = contested
    code, out, _ = await it.type(*_discard(parked_id, "--dry-run", "--json"))
    told = json.loads(out)
    assert (code, told["dry_run"], told["in_its_place"]["type"]) == (
        0,
        True,
        "nl.koppel.AdministrationRemoved.v1",
    )
    assert (told["head"], told["followers_released"], told["skipped"]) == (3, 3, [])
    code, out, _ = await it.type(*_discard(parked_id, "--dry-run"))
    assert (code, "would be discarded" in out, IN_ITS_PLACE in out) == (0, True, True)
    assert (await _parked_id(it), await it.audit()) == (parked_id, [])


async def test_what_only_follows_is_not_asked_about(defect: ADefect) -> None:
    await defect.mend()
    code, out, err = await defect.type(*_discard(await _parked_id(defect)))
    assert (code, err) == (0, "")
    assert "2 events behind it left the queue, 0 wait on" in out
