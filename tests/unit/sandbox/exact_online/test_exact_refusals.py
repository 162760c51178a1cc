"""What the sandbox's Exact Online refuses, and how its limits and odd answers look."""

import asyncio
from typing import Any

import pytest
from tests.unit.sandbox.exact_online.organisation import SMALL, Organisation


@pytest.fixture
def organisation() -> Organisation:
    return Organisation()


def flat(pages: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [each for page in pages for each in page]


async def test_who_does_not_ask_for_json_gets_xml(organisation: Organisation) -> None:
    tokens = await organisation.log_in()
    async with organisation.client() as http:
        headers = {"authorization": f"Bearer {tokens['access_token']}", "accept": "*/*"}
        answer = await http.get("/exact_online/api/v1/current/Me", headers=headers)
    assert answer.text.startswith("<?xml")


async def test_a_full_minute_is_told_by_its_own_counters_alone() -> None:
    organisation = Organisation()
    await organisation.control("POST", "reset", {**SMALL, "rate_limit_per_minute": 2})
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()
    first = await organisation.get(tokens, f"{division}/vat/VATCodes")
    assert first.headers["x-ratelimit-minutely-remaining"] == "1"
    assert first.headers["x-ratelimit-limit"] == "5000"
    assert first.headers["x-ratelimit-minutely-reset"] == "1800000060000"
    await organisation.get(tokens, f"{division}/vat/VATCodes")
    full = await organisation.get(tokens, f"{division}/vat/VATCodes")
    assert (full.status_code, full.content) == (429, b"")
    assert full.headers["x-ratelimit-minutely-remaining"] == "0"
    assert "x-ratelimit-limit" not in full.headers
    windows = (await organisation.control("GET", "ledger"))["windows"]
    minute = next(each for each in windows if each["window"] == "calls_per_minute")
    assert (minute["key"], minute["used"], minute["refused"]) == (f"koppel-local/{division}", 2, 1)
    assert await organisation.violations() == {"rate_limit": 1}
    await organisation.later(60)
    assert (await organisation.get(tokens, f"{division}/vat/VATCodes")).status_code == 200


async def test_more_than_ten_errors_an_hour_lock_the_key_longer_each_time(organisation: Organisation) -> None:
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()

    async def tries(times: int) -> list[int]:
        return [
            (await organisation.get(tokens, f"{division}/nothing/There")).status_code for _ in range(times)
        ]

    assert await tries(12) == [404] * 11 + [403]
    assert (await organisation.get(tokens, f"{division}/vat/VATCodes")).status_code == 200, (
        "another address is free"
    )
    assert await organisation.violations() == {"error_lock": 1}
    await organisation.later(3600)
    tokens = await organisation.log_in()
    assert await tries(12) == [404] * 11 + [403]
    await organisation.later(3600)
    tokens = await organisation.log_in()
    assert await tries(1) == [403], "the second time it lasts two hours"


async def test_two_calls_of_a_division_at_once_are_told(organisation: Organisation) -> None:
    tokens, (first, second, _) = await organisation.log_in(), await organisation.companies()
    await asyncio.gather(*(organisation.get(tokens, f"{each}/vat/VATCodes") for each in (first, second)))
    assert await organisation.violations() == {}
    await asyncio.gather(*(organisation.get(tokens, f"{each}/vat/VATCodes") for each in (first, first)))
    assert await organisation.violations() == {"at_once": 1}


async def test_a_truncated_listing_ends_after_its_first_half(organisation: Organisation) -> None:
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()
    fault = {"kind": "truncate_listing", "match": {"path": f"/api/v1/{division}/vat"}}
    await organisation.control("POST", "faults", fault)
    cut = (await organisation.get(tokens, f"{division}/vat/VATCodes", inlinecount="allpages")).json()["d"]
    assert (len(cut["results"]), cut["__count"]) == (4, "8")


async def test_collections_of_control_calls_have_names_and_addresses(organisation: Organisation) -> None:
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()
    path = f"companies/{division}"
    await organisation.control("POST", f"{path}/changes", {"collection": "sync/CRM/Accounts", "remove": 1})
    await organisation.control("POST", f"{path}/changes", {"collection": "DivisionMoves", "change": 1})
    named = [
        await organisation.control("GET", f"{path}/{name}")
        for name in ("Accounts", "crm/Accounts", "sync/CRM/Accounts")
    ]
    assert named[0] == named[1] == named[2]
    moved = flat(await organisation.pages(tokens, f"{division}/system/Divisions"))[0]["DivisionMoveDate"]
    assert (await organisation.control("GET", f"{path}/DivisionMoves"))["items"] == [
        {"DivisionMoveDate": moved}
    ]
    async with organisation.client() as http:
        order = {"provider": "exact_online", "collection": "Deleted", "change": 1}
        assert (await http.post(f"/_sandbox/{path}/changes", json=order)).status_code == 422
