"""Who must log in again, and what waits for it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from koppel.contracts import connection as facts
from koppel.contracts.event import Event
from koppel.contracts.values import WhoMustAct
from koppel.kernel.ids import new_id

from .office import Office


def other_login(office: Office, company: str) -> tuple[Event, Event]:
    connection_id, grant_id = new_id(), new_id()
    authorized = facts.ConnectionAuthorized(
        organisation_id=office.organisation_id,
        connection_id=connection_id,
        provider="eaccounting",
        grant_id=grant_id,
        company=facts.Company(external_id=company, name=company.title()),
        scopes=(),
        authorized_by=str(office.user_id),
        authorized_at=datetime.now(UTC),
    )
    lapsed = facts.ConnectionReauthorizationRequired(
        organisation_id=office.organisation_id,
        connection_id=connection_id,
        provider="eaccounting",
        grant_id=grant_id,
        reason="rotation_lost",
        who_must_act=WhoMustAct.US,
        required_at=datetime.now(UTC),
    )
    return authorized, lapsed


async def waiting(office: Office, query: str = "") -> Any:
    answer = await office.api("GET", f"/v1/reauthorizations{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_nobody_has_to_log_in_while_everything_works(office: Office) -> None:
    assert (await waiting(office))["items"] == []


async def test_a_login_that_lapsed_is_told_with_what_it_holds_up(office: Office) -> None:
    await office.deliver(office.lapsed())
    [told] = (await waiting(office))["items"]
    assert told | {"since": None} == {
        "connection_id": str(office.connection_id),
        "grant_id": str(office.grant_id),
        "provider": "eaccounting",
        "company": None,
        "reason": "invalid_grant",
        "who_must_act": "customer",
        "since": None,
        "administrations_held_up": 1,
        "syncs_held_up": 1,
    }
    assert told["since"] is not None
    await office.deliver(office.authorized())
    assert (await waiting(office))["items"] == []


async def test_an_administration_that_is_not_scheduled_is_held_up_and_no_sync_of_it_is(
    office: Office,
) -> None:
    path = f"/v1/administrations/{office.administration_id}/sync-policy"
    await office.api("PUT", path, {"enabled": False, "preset": "daily"})
    await office.deliver(office.lapsed())
    [told] = (await waiting(office))["items"]
    assert (told["administrations_held_up"], told["syncs_held_up"]) == (1, 0)


async def test_those_that_hold_up_most_come_first_page_by_page(office: Office) -> None:
    for company in ("bakkerij", "slagerij"):
        await office.deliver(*other_login(office, company))
    await office.deliver(office.lapsed())
    whole = (await waiting(office))["items"]
    assert [each["administrations_held_up"] for each in whole] == [1, 0, 0]
    assert {each["company"]["name"] for each in whole[1:]} == {"Bakkerij", "Slagerij"}
    pages = [await waiting(office, "?limit=1")]
    while cursor := pages[-1]["next_cursor"]:
        pages.append(await waiting(office, f"?limit=1&cursor={cursor}"))
    assert [each for page in pages for each in page["items"]] == whole


async def test_another_organisations_logins_are_not_shown(
    office: Office, new_office: Callable[[], Office]
) -> None:
    await office.deliver(office.lapsed())
    assert (await waiting(new_office()))["items"] == []
