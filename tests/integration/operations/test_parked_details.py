"""One parked event over HTTP: who sent it, why attempts failed, and what it holds for those who may see that."""

import base64
from dataclasses import replace
from typing import Any

import httpx
import pytest

from koppel.kernel.errors import Permanent, Transient
from koppel.platform.consumer.decode import StoredRecord, decode_record
from koppel.platform.operations import parked_details

from .conftest import Caller
from .situation import Situation

READS = "select organisation_id, target from audit_entry where action = 'organisation.read' and actor = $1"


async def _parked(situation: Situation) -> str:
    (row,) = await situation.parked()
    return str(row["id"])


async def _shown(client: httpx.AsyncClient, parked_id: str, **query: Any) -> Any:
    return (await client.get(f"/ops/v1/parked/{parked_id}", params=query)).raise_for_status().json()


async def _arrive_with(situation: Situation, value: bytes | None, *headers: tuple[str, bytes | None]) -> str:
    record = StoredRecord.of(situation.renamed("x", 1).raw)
    changed = replace(record, value=value, headers=[*record.headers, *headers])
    await situation.arrive(decode_record(changed, situation.subscriptions))
    return await _parked(situation)


async def test_each_attempt_is_told_with_its_error_also_those_before_a_retry_by_hand(
    operator: httpx.AsyncClient, situation: Situation
) -> None:
    situation.failing["bad"] = Transient("busy", "Later.")
    await situation.arrive(situation.renamed("bad", 1))
    await situation.retry.run_due()
    parked_id = await _parked(situation)
    situation.failing["bad"] = Permanent("refused", "No.")
    (await operator.post(f"/ops/v1/parked/{parked_id}/retry")).raise_for_status()
    await situation.retry.run_due()
    shown = await _shown(operator, parked_id)
    told = [(each["class"], each["code"], each["detail"]) for each in shown["attempt_errors"]]
    assert told == [("transient", "busy", "Later.")] * 3 + [("permanent", "refused", "No.")]
    times = [each["at"] for each in shown["attempt_errors"]]
    assert times == sorted(times)
    assert shown["attempts"] == 1


async def test_of_many_attempts_the_last_twenty_are_kept(
    operator: httpx.AsyncClient, situation: Situation
) -> None:
    situation.failing["bad"] = Permanent("refused", "0")
    await situation.arrive(situation.renamed("bad", 1))
    parked_id = await _parked(situation)
    for number in range(1, 23):
        situation.failing["bad"] = Permanent("refused", str(number))
        await situation.parked_events.retry(parked_id, actor="x")  # type: ignore[arg-type]
        await situation.retry.run_due()
    shown = await _shown(operator, parked_id)
    assert [each["detail"] for each in shown["attempt_errors"]] == [str(number) for number in range(3, 23)]


async def test_who_sent_it_is_told_without_what_it_holds(
    operator: httpx.AsyncClient, situation: Situation
) -> None:
    situation.failing["bad"] = Permanent("refused", "No.")
    await situation.arrive(situation.renamed("bad", 1))
    shown = await _shown(operator, await _parked(situation))
    assert (shown["source"], shown["raw"]) == ("urn:koppel:import-svc", None)


async def test_bytes_that_are_no_event_have_no_source(
    operator: httpx.AsyncClient, situation: Situation
) -> None:
    await situation.arrive(situation.no_event())
    assert (await _shown(operator, await _parked(situation)))["source"] is None


async def test_with_the_right_headers_and_value_are_shown_as_they_came(
    person: Caller, situation: Situation
) -> None:
    parked_id = await _arrive_with(
        situation, b"{ \xc3\xa9", ("own", b"\xff\x00"), ("none", None), ("own", b"")
    )
    raw = (await _shown(person("operator", "payload"), parked_id))["raw"]
    assert raw["value"] == {"bytes": 4, "text": "{ é", "base64": None, "cut": False}
    assert raw["key"]["text"] == situation.key
    named = {each["name"] for each in raw["headers"]}
    assert {"ce_id", "ce_source", "ce_type"} <= named
    assert raw["headers"][-3:] == [
        {
            "name": "own",
            "value": {
                "bytes": 2,
                "text": None,
                "base64": base64.b64encode(b"\xff\x00").decode(),
                "cut": False,
            },
        },
        {"name": "none", "value": None},
        {"name": "own", "value": {"bytes": 0, "text": "", "base64": None, "cut": False}},
    ]


@pytest.mark.parametrize(
    ("value", "text"), [("é" * 10, "éé"), ("xx" + "é" * 10, "xxé"), ("aaaaa" * 3, "aaaaa")]
)
async def test_a_long_value_is_cut_between_characters(
    person: Caller, situation: Situation, monkeypatch: pytest.MonkeyPatch, value: str, text: str
) -> None:
    monkeypatch.setattr(parked_details, "_MOST_BYTES", 5)
    parked_id = await _arrive_with(situation, b"" + value.encode())
    shown = (await _shown(person("operator", "payload"), parked_id))["raw"]["value"]
    assert shown == {"bytes": len(value.encode()), "text": text, "base64": None, "cut": True}


async def test_a_value_that_is_null_is_null(person: Caller, situation: Situation) -> None:
    parked_id = await _arrive_with(situation, None)
    assert (await _shown(person("operator", "payload"), parked_id))["raw"]["value"] is None


async def test_without_the_right_asking_for_it_is_refused_and_with_it_it_can_be_left_out(
    person: Caller, situation: Situation
) -> None:
    parked_id = await _arrive_with(situation, b"{")
    refused = await person("operator").get(f"/ops/v1/parked/{parked_id}", params={"payload": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await person("payload").get(f"/ops/v1/parked/{parked_id}")).status_code == 403
    assert (await _shown(person("operator", "payload"), parked_id, payload=False))["raw"] is None


async def test_seeing_what_an_event_holds_leaves_one_row_and_seeing_the_rest_none(
    person: Caller, situation: Situation
) -> None:
    parked_id = await _arrive_with(situation, b"{")
    user = situation.organisation.administration_id
    seeing, looking = person("operator", "payload", user=user), person("operator", user=user)
    await _shown(looking, parked_id)
    assert await _reads(situation, user) == []
    for _ in range(2):
        await _shown(seeing, parked_id)
    whose = situation.organisation.organisation_id
    assert await _reads(situation, user) == [(whose, "/ops/v1/parked/{parked_id}")]


async def test_seeing_what_nobody_knows_the_owner_of_leaves_a_row_too(
    person: Caller, situation: Situation
) -> None:
    await situation.arrive(situation.no_event())
    user = situation.organisation.administration_id
    await _shown(person("operator", "payload", user=user), await _parked(situation))
    assert await _reads(situation, user) == [(None, "/ops/v1/parked/{parked_id}")]


async def _reads(situation: Situation, user: object) -> list[tuple[object, ...]]:
    async with situation.database.system() as connection:
        return [tuple(row) for row in await connection.fetch(READS, f"person:{user}")]
