"""A login that could not be renewed in time is told of a week and a day before it dies, once each."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from connection_svc.application.announce_expiring import announce_expiring
from connection_svc.application.refresh_idle import refresh_idle
from koppel.providers.profile import TokenTiming

TIMING = TokenTiming(lifetime=timedelta(hours=1), idle_death=timedelta(days=30))


@pytest.fixture(autouse=True)
def timing(organisation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(organisation.use_cases.ports.providers), "timing", lambda *_: TIMING)


async def told(organisation: Any, connection_id: str) -> list[Any]:
    await announce_expiring(organisation.use_cases.ports)
    rows = await organisation.rows(
        "select payload::jsonb as payload from event_log where key = $1 and type = $2 order by seq",
        connection_id,
        "nl.koppel.ConnectionExpiring.v1",
    )
    return [row["payload"] for row in rows]


async def test_it_is_told_at_seven_days_and_at_one_once_each(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    shown = (await organisation.get(connection_id))["grants"][0]["token"]["dies_at"]
    counts = []
    for days in (22, 1.1, 1, 4, 1, 1):
        organisation.clock.move(days=days)
        counts.append(len(await told(organisation, connection_id)))
        assert len(await told(organisation, connection_id)) == counts[-1]
    assert counts == [0, 1, 1, 1, 2, 2]
    week, day = await told(organisation, connection_id)
    assert week["grant_id"] == day["grant_id"] == grant_id
    assert (week["dies_at"], day["dies_at"]) == (shown, shown)
    late = datetime.fromisoformat(week["dies_at"]) - datetime.fromisoformat(week["act_by"])
    assert late == timedelta(hours=1)
    assert week["who_must_act"] == "provider"


async def test_a_login_that_is_renewed_in_time_is_not_told_of(organisation: Any) -> None:
    connection_id, _ = await organisation.grant()
    for _ in range(4):
        organisation.clock.move(days=21)
        assert await refresh_idle(organisation.use_cases.ports, organisation.use_cases.refresher) >= 1
        assert await told(organisation, connection_id) == []


async def test_it_is_told_again_of_the_login_after(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(days=29.5)
    assert len(await told(organisation, connection_id)) == 1
    again = await organisation.again(connection_id, grant_id=grant_id)
    assert (await organisation.finish(again))["outcome"] == "authorized"
    assert len(await told(organisation, connection_id)) == 1
    organisation.clock.move(days=29.5)
    assert len(await told(organisation, connection_id)) == 2


async def recovered(organisation: Any, connection_id: str) -> list[str]:
    rows = await organisation.rows(
        "select payload::jsonb ->> 'grant_id' as grant_id from event_log where key = $1 and type = $2",
        connection_id,
        "nl.koppel.ConnectionRecovered.v1",
    )
    return [row["grant_id"] for row in rows]


async def test_one_that_was_told_of_and_is_renewed_is_told_to_live_on_once(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(days=24)
    assert len(await told(organisation, connection_id)) == 1
    assert await recovered(organisation, connection_id) == []
    for _ in range(2):
        assert await refresh_idle(organisation.use_cases.ports, organisation.use_cases.refresher) >= 1
        assert await recovered(organisation, connection_id) == [grant_id]
        organisation.clock.move(days=21)
    assert len(await told(organisation, connection_id)) == 1


async def test_it_is_told_when_all_of_the_connection_works(organisation: Any) -> None:
    """As the event says that every grant does."""
    connection_id, grant_id = await organisation.grant()
    more = await organisation.finish(await organisation.again(connection_id), company="beta")
    assert more["outcome"] == "authorized"
    (other,) = [
        each["id"] for each in (await organisation.get(connection_id))["grants"] if each["id"] != grant_id
    ]
    organisation.clock.move(days=24)
    await told(organisation, connection_id)
    await organisation.rows(
        "with broken as (update connection set state = 'reauthorization_required' where id = $1) "
        "update connection_grant set state = 'reauthorization_required' where id = $2 returning 1",
        UUID(connection_id),
        UUID(other),
    )
    await refresh_idle(organisation.use_cases.ports, organisation.use_cases.refresher)
    assert await recovered(organisation, connection_id) == []
    login = await organisation.again(connection_id, grant_id=other)
    assert (await organisation.finish(login, company="beta"))["outcome"] == "authorized"
    assert sorted(await recovered(organisation, connection_id)) == sorted([grant_id, other])


async def test_a_dead_login_and_a_withdrawn_one_are_not_told_of(organisation: Any) -> None:
    connection_id, _ = await organisation.grant()
    gone, _ = await organisation.grant(company="beta")
    (await organisation.api.delete(f"/v1/connections/{gone}")).raise_for_status()
    organisation.clock.move(days=31)
    assert await told(organisation, connection_id) == []
    assert await told(organisation, gone) == []


async def test_processes_that_look_at_once_tell_once(organisation: Any) -> None:
    connection_id, _ = await organisation.grant()
    organisation.clock.move(days=24)
    await asyncio.gather(*(announce_expiring(organisation.use_cases.ports) for _ in range(4)))
    assert len(await told(organisation, connection_id)) == 1


async def test_whose_fault_it_is_is_said_in_the_notice_and_in_the_health(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(days=24)
    organisation.provider.faults += [httpx.Response(401, json={"error": "invalid_client"})]
    assert (await organisation.issue_token(grant_id)).status_code == 503
    [notice] = await told(organisation, connection_id)
    assert notice["who_must_act"] == "us"
    health = (await organisation.get(connection_id))["health"]
    assert (health["who_must_act"], health["act_by"]) == ("us", notice["act_by"])


async def test_a_provider_that_is_away_for_long_is_the_connections_trouble_until_it_answers(
    organisation: Any,
) -> None:
    connection_id, grant_id = await organisation.grant()
    healths = []
    organisation.provider.faults += [httpx.ConnectError("away")] * 3
    organisation.clock.move(hours=2)
    for _ in range(3):
        organisation.clock.move(minutes=2)
        assert (await organisation.issue_token(grant_id)).status_code == 503
        healths.append((await organisation.get(connection_id))["health"])
    assert [each["status"] for each in healths] == ["healthy", "healthy", "action_needed"]
    assert (healths[-1]["who_must_act"], healths[-1]["reason"]) == ("provider", "provider_unreachable")
    organisation.clock.move(minutes=2)
    assert (await organisation.issue_token(grant_id)).status_code == 200
    assert (await organisation.get(connection_id))["health"]["status"] == "healthy"


async def test_without_anything_to_renew_it_with_the_customer_is_to_act(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    await organisation.rows(
        "update connection_grant set refresh_token = null, token_expires_at = token_issued_at + interval '30 days' "
        "where id = $1 returning 1",
        UUID(grant_id),
    )
    organisation.clock.move(days=25)
    [notice] = await told(organisation, connection_id)
    assert notice["who_must_act"] == "customer"
