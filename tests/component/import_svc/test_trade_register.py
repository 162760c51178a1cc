"""The trade register in the wizard: it proposes, and nothing waits for it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from import_svc.application import look_up_company
from koppel.contracts.values import Role

from .clocks import MovableClock
from .organisation import Organisation
from .outside import Outside
from .trade_register import Register, new_number

FARMING = {"sbi_version": "2025", "code": "A"}
RETAIL = {"sbi_version": "2025", "code": "G"}
LookUp = Callable[[], Awaitable[None]]


async def _asked(organisation: Organisation, number: str) -> httpx.Response:
    return await organisation.api("GET", f"/v1/kvk/{number}")


async def test_a_number_is_looked_up_once_and_kept_for_seven_days(
    organisation: Organisation, register: Register, clock: MovableClock
) -> None:
    number = register.knows("Kwekerij Smit", main="01131")
    answer = await _asked(organisation, number)
    assert answer.status_code == 200
    found = answer.json()
    assert found.pop("fetched_at").endswith("Z")
    assert found == {
        "kvk_number": number,
        "name": "Kwekerij Smit",
        "sector": FARMING,
        "sbi": [{"code": "01131", "main": True}],
        "active": True,
        "source": "kvk",
    }
    calls = len(register.asked)
    assert (await _asked(organisation, number)).json() == answer.json()
    assert len(register.asked) == calls
    clock.ahead = timedelta(days=7)
    register.knows("Kwekerij De Vries", number=number)
    assert (await _asked(organisation, number)).json()["name"] == "Kwekerij De Vries"


async def test_an_ended_company_is_told_as_such(organisation: Organisation, register: Register) -> None:
    found = (await _asked(organisation, register.knows("Weg B.V.", ended=True))).json()
    assert (found["name"], found["active"]) == ("Weg B.V.", False)


async def test_an_unknown_number_is_404_and_may_be_known_a_minute_later(
    organisation: Organisation, register: Register, clock: MovableClock
) -> None:
    number = new_number()
    refused = await _asked(organisation, number)
    assert (refused.status_code, refused.json()["code"]) == (404, "kvk_number_unknown")
    register.knows("Nieuw B.V.", number=number)
    assert (await _asked(organisation, number)).status_code == 404
    clock.ahead = timedelta(minutes=1)
    assert (await _asked(organisation, number)).json()["name"] == "Nieuw B.V."


@pytest.mark.parametrize(
    "number",
    [
        "1234567",
        "123456789",
        "1234 5678",
        " 12345678",
        "NL123456",
        "0123.456.789",
        "١٢٣٤٥٦٧٨",
        "%00",
        "9" * 300,
    ],
)
async def test_what_is_no_number_is_refused_before_anybody_is_asked(
    organisation: Organisation, register: Register, number: str
) -> None:
    refused = await _asked(organisation, number)
    assert refused.status_code == 422
    assert refused.json()["code"] in {"kvk_number_invalid", "invalid_input"}
    assert register.asked == []


async def test_leading_zeros_are_kept(organisation: Organisation, register: Register) -> None:
    number = register.knows("Oud B.V.", number=f"00{new_number()[2:]}")
    assert (await _asked(organisation, number)).json()["kvk_number"] == number


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_register_that_gives_no_answer_is_503(
    organisation: Organisation, register: Register, status: int
) -> None:
    register.answers = [httpx.Response(status)]
    refused = await _asked(organisation, new_number())
    assert (refused.status_code, refused.json()["code"]) == (503, "registry_unavailable")


async def test_what_was_known_stands_while_the_register_gives_no_answer(
    organisation: Organisation, register: Register, clock: MovableClock
) -> None:
    number = register.knows("Kwekerij Smit")
    known = (await _asked(organisation, number)).json()
    clock.ahead = timedelta(days=30)
    register.answers = [httpx.Response(500)]
    assert (await _asked(organisation, number)).json() == known


@pytest.mark.parametrize(("days", "status"), [(89, 200), (91, 503)])
async def test_an_answer_that_nobody_renews_is_dropped_after_ninety_days(
    organisation: Organisation,
    register: Register,
    forget: LookUp,
    clock: MovableClock,
    days: int,
    status: int,
) -> None:
    number = register.knows("Jansen, zzp")
    assert (await _asked(organisation, number)).status_code == 200
    clock.ahead = timedelta(days=days)
    await forget()
    register.answers = [httpx.Response(500)]
    assert (await _asked(organisation, number)).status_code == status


async def test_a_number_that_waits_to_be_looked_up_is_not_dropped(
    organisation: Organisation, register: Register, forget: LookUp, look_up: LookUp
) -> None:
    number = register.knows("Wacht B.V.")
    register.answers = [httpx.Response(500)]
    assert (await _asked(organisation, number)).status_code == 503
    await forget()
    await look_up()
    calls = len(register.asked)
    assert (await _asked(organisation, number)).json()["name"] == "Wacht B.V."
    assert len(register.asked) == calls


async def test_a_silent_register_is_waited_for_briefly_and_then_asked_in_the_background(
    organisation: Organisation, register: Register, look_up: LookUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_up_company, "_SOON", 0.01)
    number, register.silent = register.knows("Traag B.V."), True
    assert (await _asked(organisation, number)).json()["code"] == "registry_unavailable"
    register.silent = False
    await look_up()
    calls = len(register.asked)
    assert (await _asked(organisation, number)).json()["name"] == "Traag B.V."
    assert len(register.asked) == calls


async def test_without_a_key_the_wizard_works_and_nothing_is_asked(
    app: FastAPI, organisation: Organisation, outside: Outside, register: Register
) -> None:
    app.state.context = replace(app.state.context, register=None)
    refused = await _asked(organisation, register.knows("Kwekerij Smit"))
    assert (refused.status_code, refused.json()["code"]) == (503, "registry_unavailable")
    connection_id = await organisation.connect(outside.grant("A", kvk_number=new_number()))
    _, found = await organisation.discover(connection_id)
    assert (found["A"]["registry"], found["A"]["sector"], found["A"]["errors"]) == (None, None, [])
    assert len(await organisation.import_all(connection_id)) == 1
    assert register.asked == []


async def test_looking_up_costs_money_so_readers_may_not(
    organisation: Organisation, register: Register
) -> None:
    number = register.knows("Kwekerij Smit")
    refused = await organisation.api("GET", f"/v1/kvk/{number}", role=Role.REVIEWER)
    assert refused.status_code == 403


async def test_candidates_show_what_the_register_says_and_are_imported_with_it(
    organisation: Organisation, outside: Outside, register: Register, look_up: LookUp
) -> None:
    farm, ended, gap = register.knows("Kwekerij Smit B.V."), register.knows("Weg", ended=True), new_number()
    connection_id = await organisation.connect(
        outside.grant("Kwekerij Smit", kvk_number=farm),
        outside.grant("Weg", kvk_number=ended),
        outside.grant("Gat", kvk_number=gap),
        outside.grant("Zonder"),
    )
    session_id, before = await organisation.discover(connection_id)
    assert {each["registry"] for each in before.values()} == {None}
    await look_up()
    found = {each["name"]: each for each in await organisation.candidates(session_id)}
    registry = found["Kwekerij Smit"]["registry"]
    assert (registry["status"], registry["name"], registry["sector"]) == (
        "found",
        "Kwekerij Smit B.V.",
        FARMING,
    )
    assert (registry["source"], registry["differs"]) == ("kvk", ["name"])
    assert (found["Kwekerij Smit"]["sector"], found["Kwekerij Smit"]["sector_source"]) == (
        FARMING,
        "registry",
    )
    assert {name: each["registry"] and each["registry"]["status"] for name, each in found.items()} == {
        "Kwekerij Smit": "found",
        "Weg": "ended",
        "Gat": "not_found",
        "Zonder": None,
    }
    await organisation.select(session_id, [found["Kwekerij Smit"]])
    assert (await organisation.confirm(session_id)).status_code == 202
    [imported] = (await organisation.api("GET", "/v1/administrations")).json()["items"]
    assert (imported["sector"], imported["sector_source"]) == (FARMING, "registry")
    [event] = await organisation.events("AdministrationImported")
    assert event["sector"] == FARMING


async def test_what_a_person_set_stays_whatever_the_register_says(
    organisation: Organisation, outside: Outside, register: Register, look_up: LookUp
) -> None:
    number = register.knows("A")
    session_id, found = await organisation.discover(
        await organisation.connect(outside.grant("A", kvk_number=number))
    )
    await organisation.complete(session_id, {"candidate_id": found["A"]["id"], "sector": RETAIL})
    await look_up()
    [candidate] = await organisation.candidates(session_id)
    assert (candidate["sector"], candidate["sector_source"]) == (RETAIL, "person")
    assert (candidate["registry"]["sector"], candidate["registry"]["differs"]) == (FARMING, ["sector"])
    await organisation.select(session_id, [candidate])
    await organisation.confirm(session_id)
    [imported] = (await organisation.api("GET", "/v1/administrations")).json()["items"]
    assert (imported["sector"], imported["sector_source"]) == (RETAIL, "person")


async def test_a_number_that_a_person_gives_is_looked_up_too(
    organisation: Organisation, outside: Outside, register: Register, look_up: LookUp
) -> None:
    session_id, found = await organisation.discover(
        await organisation.connect(outside.grant("A", kvk_number=new_number()))
    )
    await organisation.complete(
        session_id, {"candidate_id": found["A"]["id"], "kvk_number": register.knows("A")}
    )
    await look_up()
    [candidate] = await organisation.candidates(session_id)
    assert (candidate["registry"]["status"], candidate["sector"]) == ("found", FARMING)


async def test_a_candidate_is_unavailable_until_the_register_answers(
    organisation: Organisation, outside: Outside, register: Register, look_up: LookUp, clock: MovableClock
) -> None:
    number = register.knows("A")
    session_id, _ = await organisation.discover(
        await organisation.connect(outside.grant("A", kvk_number=number))
    )
    register.answers = [httpx.Response(404, json={"fout": [{"code": "IPD1002"}]})]
    await look_up()
    [candidate] = await organisation.candidates(session_id)
    assert (candidate["registry"]["status"], candidate["registry"]["fetched_at"]) == ("unavailable", None)
    await look_up()
    assert register.asked == [number], "five minutes, says the register"
    clock.ahead = timedelta(minutes=6)
    await look_up()
    [candidate] = await organisation.candidates(session_id)
    assert candidate["registry"]["status"] == "found"


async def test_a_sector_that_a_person_confirms_is_the_persons(
    organisation: Organisation, outside: Outside, register: Register, look_up: LookUp
) -> None:
    connection_id = await organisation.connect(outside.grant("A", kvk_number=register.knows("A")))
    session_id, found = await organisation.discover(connection_id)
    await look_up()
    await organisation.select(session_id, [found["A"]])
    await organisation.confirm(session_id)
    [imported] = (await organisation.api("GET", "/v1/administrations")).json()["items"]
    path = f"/v1/administrations/{imported['id']}/profile"
    kept = await organisation.api("PATCH", path, {"kvk_number": new_number()})
    assert kept.json()["sector_source"] == "registry"
    said = await organisation.api("PATCH", path, {"sector": FARMING})
    assert said.json()["sector_source"] == "person"
    assert len(await organisation.events("AdministrationProfileChanged")) == 1
    taken = await organisation.api("PATCH", path, {"sector": None})
    assert (taken.json()["sector"], taken.json()["sector_source"]) == (None, None)
