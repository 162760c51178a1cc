"""Who must log in again, and what waits for it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from koppel.contracts import connection as facts
from koppel.contracts.event import Event
from koppel.contracts.values import WhoMustAct
from koppel.kernel.ids import new_id

from .organisation import Organisation


def other_login(organisation: Organisation, company: str) -> tuple[Event, Event]:
    connection_id, grant_id = new_id(), new_id()
    authorized = facts.ConnectionAuthorized(
        organisation_id=organisation.organisation_id,
        connection_id=connection_id,
        provider="eaccounting",
        grant_id=grant_id,
        company=facts.Company(external_id=company, name=company.title()),
        scopes=(),
        authorized_by=str(organisation.user_id),
        authorized_at=datetime.now(UTC),
    )
    lapsed = facts.ConnectionReauthorizationRequired(
        organisation_id=organisation.organisation_id,
        connection_id=connection_id,
        provider="eaccounting",
        grant_id=grant_id,
        reason="rotation_lost",
        who_must_act=WhoMustAct.US,
        required_at=datetime.now(UTC),
    )
    return authorized, lapsed


async def waiting(organisation: Organisation, query: str = "") -> Any:
    answer = await organisation.api("GET", f"/v1/reauthorizations{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_nobody_has_to_log_in_while_everything_works(organisation: Organisation) -> None:
    assert (await waiting(organisation))["items"] == []


async def test_a_login_that_lapsed_is_told_with_what_it_holds_up(organisation: Organisation) -> None:
    await organisation.deliver(organisation.lapsed())
    [told] = (await waiting(organisation))["items"]
    assert told | {"since": None} == {
        "connection_id": str(organisation.connection_id),
        "grant_id": str(organisation.grant_id),
        "provider": "eaccounting",
        "company": None,
        "reason": "invalid_grant",
        "who_must_act": "customer",
        "since": None,
        "act_by": None,
        "administrations_held_up": 1,
        "syncs_held_up": 1,
    }
    assert told["since"] is not None
    await organisation.deliver(organisation.authorized())
    assert (await waiting(organisation))["items"] == []


async def test_an_administration_that_is_not_scheduled_is_held_up_and_no_sync_of_it_is(
    organisation: Organisation,
) -> None:
    path = f"/v1/administrations/{organisation.administration_id}/sync-policy"
    await organisation.api("PUT", path, {"enabled": False, "preset": "daily"})
    await organisation.deliver(organisation.lapsed())
    [told] = (await waiting(organisation))["items"]
    assert (told["administrations_held_up"], told["syncs_held_up"]) == (1, 0)


async def test_those_that_hold_up_most_come_first_page_by_page(organisation: Organisation) -> None:
    for company in ("bakkerij", "slagerij"):
        await organisation.deliver(*other_login(organisation, company))
    await organisation.deliver(organisation.lapsed())
    whole = (await waiting(organisation))["items"]
    assert [each["administrations_held_up"] for each in whole] == [1, 0, 0]
    assert {each["company"]["name"] for each in whole[1:]} == {"Bakkerij", "Slagerij"}
    pages = [await waiting(organisation, "?limit=1")]
    while cursor := pages[-1]["next_cursor"]:
        pages.append(await waiting(organisation, f"?limit=1&cursor={cursor}"))
    assert [each for page in pages for each in page["items"]] == whole


async def test_another_organisations_logins_are_not_shown(
    organisation: Organisation, new_organisation: Callable[[], Organisation]
) -> None:
    await organisation.deliver(organisation.lapsed())
    assert (await waiting(new_organisation()))["items"] == []


async def test_they_are_searched_by_company_and_code_and_counted(organisation: Organisation) -> None:
    for company in ("bakkerij", "slagerij"):
        await organisation.deliver(*other_login(organisation, company))
    found = await waiting(organisation, "?q=SLAG&total=true&limit=1")
    assert ([each["company"]["name"] for each in found["items"]], found["total"]) == (["Slagerij"], 1)
    assert (await waiting(organisation, "?total=true&limit=1"))["total"] == 2
    assert (await waiting(organisation, "?code=no_such_reason&total=true"))["total"] == 0
