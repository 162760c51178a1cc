"""docs/runbooks/parked-events.md from end to end: its commands, against the real application and its handlers."""

import json
import re
import shlex
from pathlib import Path

import pytest

from assignment_svc.main import NAME
from koppel.kernel.ids import new_id

from .defect import TOPIC, ADefect

RUNBOOK = Path(__file__).parents[3] / "docs/runbooks/parked-events.md"


async def test_a_defect_is_seen_mended_checked_and_retried(defect: ADefect) -> None:
    code, out, _ = await defect.type("parked", "causes", "--json")
    (cause,) = json.loads(out)
    assert (code, cause["class"], cause["code"]) == (0, "permanent", "handler_failed")
    assert (cause["events"], cause["keys"], cause["topic"]) == (3, 3, TOPIC)

    code, out, _ = await defect.type("parked", "check", "--cause", "handler_failed", "--json")
    assert (code, [each["outcome"] for each in json.loads(out)]) == (1, ["fails"] * 3)
    code, _, err = await defect.type(
        "parked", "retry", "--cause", "handler_failed", "--only-passing", "--reason", "x"
    )
    assert (code, await defect.audit()) == (1, [])
    assert "none of them would pass" in err

    await defect.mend()
    code, out, _ = await defect.type("parked", "check", "--cause", "handler_failed", "--json")
    assert code == 0
    told = [(v["outcome"], v["followers_passing"], v["followers_held"]) for v in json.loads(out)]
    assert told == [("passes", 2, 2)] * 3
    await defect.retry_round()
    assert await defect.names() == []  # nobody asked yet

    code, out, _ = await defect.type(
        "parked", "retry", "--cause", "handler_failed", "--only-passing", "--reason", "mended"
    )
    assert (code, out) == (0, f"{NAME}: 3 due now\n")
    await defect.retry_round()
    assert await defect.names() == ["Naam 3"] * 3
    (entry,) = await defect.audit()
    assert (entry["action"], entry["reason"]) == ("parked_events.retried", "mended")
    assert (await defect.type("parked", "causes"))[1] == f"nothing is parked at {NAME}\n"
    code, out, _ = await defect.type("stream", TOPIC, str(defect.streams[0].administration_id))
    assert (code, out.splitlines()[-1].split()) == (0, [NAME, "3", "0", "-"])


def _commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("command", _commands())
@pytest.mark.parametrize("mended", [True, False])
async def test_the_runbooks_commands_do_what_it_says(defect: ADefect, command: str, mended: bool) -> None:
    if mended:
        await defect.mend()
    code, out, _ = await defect.type("parked", "list", "--json")
    (event,) = (e for e in json.loads(out) if e["key"] == str(defect.streams[1].administration_id))
    filled = command.replace("PARKED-ID", event["id"]).replace("CODE", "handler_failed")
    filled = filled.replace("TOPIC", event["topic"]).replace("KEY", event["key"])
    program, *arguments = shlex.split(filled)
    assert program == "koppel"
    code, out, err = await defect.type(*arguments)
    failing = not mended and {"check", "--only-passing"} & set(arguments)
    assert code == (1 if failing else 0), err
    assert out or failing


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["parked", "show", str(new_id())], "koppel parked list"),
        (["parked", "discard", str(new_id()), "--reason", "x"], "koppel parked list"),
        (["parked", "retry"], "koppel parked causes"),
        (["parked", "retry", "--cause", "x"], "--reason"),
        (["parked", "list", "--service", "mail-svc"], "sync-svc"),
        (["stream", TOPIC, "nothing"], "docs/events"),
    ],
)
async def test_a_failure_is_one_line_and_a_hint(defect: ADefect, arguments: list[str], hint: str) -> None:
    code, out, err = await defect.type(*arguments)
    error, advice = err.splitlines()
    assert (code, out, error.startswith("error: ")) == (1, "", True)
    assert advice.startswith("hint: ")
    assert hint in advice


async def test_a_service_that_is_away_and_a_token_that_does_not_hold(
    defect: ADefect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOPPEL_TOKEN", "x")
    code, _, err = await defect.type("parked", "causes")
    assert (code, "401" in err, "KOPPEL_TOKEN" in err) == (1, True, True)
    monkeypatch.setenv("KOPPEL_ASSIGNMENT_SVC_URL", "http://127.0.0.1:1")
    code, _, err = await defect.type("parked", "causes")
    assert (code, "does not answer" in err, "KOPPEL_ASSIGNMENT_SVC_URL" in err) == (1, True, True)
