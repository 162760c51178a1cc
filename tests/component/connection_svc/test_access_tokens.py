"""Issuing access tokens, and the refreshes behind it."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from connection_svc.application.issue_access_token import Claim, issue_access_token
from connection_svc.application.refresh_idle import refresh_idle
from connection_svc.domain.connection import OUR_FAULTS
from connection_svc.domain.token_life import Demand
from koppel.providers.profile import TokenTiming
from koppel.testing.eventually import eventually


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def test_a_fresh_token_is_issued_as_it_is(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    first, second = await organisation.issue_token(grant_id), await organisation.issue_token(grant_id, {})
    assert first.json() == second.json()
    assert set(first.json()) == {"access_token", "expires_at", "api_base_url", "headers", "company"}
    assert (first.json()["headers"], first.json()["company"]) == ({}, "acme")
    assert first.json()["api_base_url"] == "http://provider.test/v2"
    assert first.headers["cache-control"] == "no-store"
    assert organisation.token_calls == ["authorization_code"]


async def test_a_token_near_its_end_is_refreshed_once(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    before = (await organisation.issue_token(grant_id)).json()
    organisation.clock.move(minutes=56)
    after = (await organisation.issue_token(grant_id)).json()
    assert after["access_token"] != before["access_token"]
    assert after["expires_at"] > before["expires_at"]
    assert (await organisation.issue_token(grant_id)).json() == after
    assert organisation.token_calls == ["authorization_code", "refresh_token"]


async def test_a_service_may_ask_for_a_longer_life(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    organisation.clock.move(minutes=30)
    wanted = (organisation.clock.now().replace(microsecond=0)).isoformat()
    assert (
        await organisation.issue_token(grant_id, {"refresh_if_expires_before": wanted})
    ).status_code == 200
    assert organisation.token_calls == ["authorization_code"]
    organisation.clock.move(minutes=1)
    later = organisation.clock.now().replace(year=organisation.clock.now().year + 1).isoformat()
    for _ in range(3):  # the second and third find a token that cannot live longer
        await organisation.issue_token(grant_id, {"refresh_if_expires_before": later})
    assert organisation.token_calls == ["authorization_code", "refresh_token"]


async def test_a_rejected_token_is_replaced_once(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    rejected = (await organisation.issue_token(grant_id)).json()["access_token"]
    body = {"rejected_token_sha256": digest(rejected)}
    first, second = (
        await organisation.issue_token(grant_id, body),
        await organisation.issue_token(grant_id, body),
    )
    assert first.json()["access_token"] == second.json()["access_token"] != rejected
    assert organisation.token_calls == ["authorization_code", "refresh_token"]


async def test_a_provider_that_does_not_rotate_keeps_its_refresh_token(organisation: Any) -> None:
    organisation.provider.rotates = False
    _, grant_id = await organisation.grant()
    for _ in range(2):
        organisation.clock.move(hours=1)
        assert (await organisation.issue_token(grant_id)).status_code == 200
    assert organisation.token_calls.count("refresh_token") == 2


async def test_a_refused_refresh_asks_for_a_person_once(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.provider.forget_refresh_tokens()
    organisation.clock.move(hours=1)
    answers = [await organisation.issue_token(grant_id) for _ in range(3)]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (409, "reauthorization_required")
    }
    assert organisation.token_calls == ["authorization_code", "refresh_token"]
    shown = await organisation.get(connection_id)
    assert shown["state"] == "reauthorization_required"
    assert (shown["health"]["status"], shown["health"]["reason"]) == ("action_needed", "grant_invalid")
    assert shown["health"]["who_must_act"] == "customer"
    required = [event for name, event in await organisation.events(connection_id) if "Required" in name]
    assert [(event["grant_id"], event["reason"]) for event in required] == [(grant_id, "grant_invalid")]


async def test_a_lost_grant_and_its_recovery_leave_a_line_each(
    organisation: Any, caplog: pytest.LogCaptureFixture
) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.provider.forget_refresh_tokens()
    organisation.clock.move(hours=1)
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            await organisation.issue_token(grant_id)
        await organisation.finish(await organisation.again(connection_id, grant_id=grant_id))
    (lost,) = [line for line in caplog.records if line.getMessage() == "grant lost"]
    (recovered,) = [line for line in caplog.records if line.getMessage() == "connection recovered"]
    assert (lost.levelname, recovered.levelname) == ("WARNING", "INFO")
    assert (lost.__dict__["grant_id"], lost.__dict__["reason"]) == (grant_id, "grant_invalid")
    assert recovered.__dict__["connection_id"] == connection_id
    told = str([line.__dict__ for line in caplog.records])
    assert not any(secret in told for secret in organisation.provider.secrets)


async def test_a_new_login_recovers_the_connection(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.provider.forget_refresh_tokens()
    organisation.clock.move(hours=1)
    await organisation.issue_token(grant_id)
    await organisation.finish(await organisation.again(connection_id, grant_id=grant_id))
    assert (await organisation.get(connection_id))["state"] == "active"
    assert [name for name, _ in await organisation.events(connection_id)][-3:] == [
        "ConnectionReauthorizationRequired",
        "ConnectionAuthorized",
        "ConnectionRecovered",
    ]
    assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_a_connection_recovers_when_every_grant_works(organisation: Any) -> None:
    connection_id, acme = await organisation.grant()
    await organisation.finish(await organisation.again(connection_id), company="bolt")
    bolt = (await organisation.get(connection_id))["grants"][1]["id"]
    organisation.provider.forget_refresh_tokens()
    organisation.clock.move(hours=1)
    await organisation.issue_token(acme)
    await organisation.issue_token(bolt)
    await organisation.finish(await organisation.again(connection_id, grant_id=acme))
    assert (await organisation.get(connection_id))["state"] == "reauthorization_required"
    await organisation.finish(await organisation.again(connection_id, grant_id=bolt), company="bolt")
    names = [name for name, _ in await organisation.events(connection_id)]
    assert names.count("ConnectionReauthorizationRequired") == 2
    assert (names.count("ConnectionRecovered"), names[-1]) == (1, "ConnectionRecovered")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (httpx.Response(503, headers={"Retry-After": "7"}), "provider_unavailable"),
        (httpx.Response(429, headers={"Retry-After": "7"}), "rate_limited"),
        (httpx.ConnectError("no"), "provider_unreachable"),
        (httpx.Response(200, text="{"), "provider_bad_answer"),
    ],
)
async def test_a_passing_failure_leaves_the_grant_alone(
    organisation: Any, fault: httpx.Response | Exception, code: str
) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    organisation.provider.faults.append(fault)
    answer = await organisation.issue_token(grant_id)
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert int(answer.headers["retry-after"]) >= (7 if isinstance(fault, httpx.Response) and fault.headers.get("Retry-After") else 1)  # fmt: skip
    paused = await organisation.issue_token(grant_id)
    assert (paused.status_code, paused.json()["code"]) == (503, "refresh_paused")
    assert (await organisation.get(connection_id))["state"] == "active"
    organisation.clock.move(minutes=2)
    assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_two_hundred_callers_in_two_processes_make_one_token_call(
    organisation: Any, process: Callable[..., Any]
) -> None:
    _, grant_id = await organisation.grant()
    claim = Claim(organisation.organisation_id, UUID(grant_id))
    _, other = await process("two")
    organisation.clock.move(hours=1)
    organisation.provider.gate = asyncio.Event()

    async def issued(number: int) -> str:
        use_cases = organisation.use_cases if number % 2 else other
        issued = await issue_access_token(
            use_cases.ports, use_cases.refresher, claim, Demand(), service="sync-svc"
        )
        return issued.token.access_token

    callers = [asyncio.create_task(issued(number)) for number in range(200)]

    async def is_called() -> bool:
        return "refresh_token" in organisation.token_calls

    await eventually(is_called, what="the token call")
    organisation.provider.gate.set()
    tokens = await asyncio.gather(*callers)
    assert len(set(tokens)) == 1
    assert organisation.token_calls == ["authorization_code", "refresh_token"]


async def test_a_refresh_outlives_the_caller_that_started_it(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    organisation.provider.gate = asyncio.Event()
    use_cases, claim = organisation.use_cases, Claim(organisation.organisation_id, UUID(grant_id))
    caller = asyncio.create_task(
        issue_access_token(use_cases.ports, use_cases.refresher, claim, Demand(), service="sync-svc")
    )

    async def is_called() -> bool:
        return "refresh_token" in organisation.token_calls

    await eventually(is_called, what="the token call")
    caller.cancel()
    organisation.provider.gate.set()
    assert (await organisation.issue_token(grant_id)).status_code == 200
    assert organisation.token_calls == ["authorization_code", "refresh_token"]


async def test_a_token_that_still_holds_is_issued_while_its_refresh_fails(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    first = (await organisation.issue_token(grant_id)).json()
    organisation.clock.move(minutes=56)
    organisation.provider.faults += [httpx.ConnectError("away")]
    answer = await organisation.issue_token(grant_id)
    assert (answer.status_code, answer.json()) == (200, first)
    assert organisation.token_calls.count("refresh_token") == 1


async def test_a_token_that_the_provider_refused_is_not_issued_while_its_refresh_fails(
    organisation: Any,
) -> None:
    _, grant_id = await organisation.grant()
    token = (await organisation.issue_token(grant_id)).json()["access_token"]
    organisation.provider.faults += [httpx.ConnectError("away")]
    answer = await organisation.issue_token(grant_id, {"rejected_token_sha256": digest(token)})
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unreachable")


async def test_a_fault_of_ours_is_told_and_not_tried_again_before_another_process_asks(
    organisation: Any, process: Callable[..., Any]
) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    organisation.provider.faults += [httpx.Response(401, json={"error": "invalid_client"})]
    assert (await organisation.issue_token(grant_id)).status_code == 503
    health = (await organisation.get(connection_id))["health"]
    assert (health["status"], health["reason"], health["who_must_act"]) == (
        "action_needed",
        "client_invalid",
        "us",
    )
    async with organisation.use_cases.unit_of_work.begin(None) as tx:
        troubled = await tx.grants.count_troubled(OUR_FAULTS)
    assert sum(troubled.values()) > 0
    organisation.clock.move(minutes=15)
    calls = len(organisation.token_calls)
    answer = await organisation.issue_token(grant_id)
    assert (answer.status_code, answer.json()["code"]) == (503, "client_invalid")
    assert len(organisation.token_calls) == calls
    _, restarted = await process("restarted")
    claim = Claim(organisation.organisation_id, UUID(grant_id))
    await issue_access_token(restarted.ports, restarted.refresher, claim, Demand(), service="sync-svc")
    assert (await organisation.get(connection_id))["health"]["status"] == "healthy"


async def test_a_login_that_passes_shows_that_our_client_is_taken_again(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    organisation.provider.faults += [httpx.Response(401, json={"error": "invalid_client"})]
    assert (await organisation.issue_token(grant_id)).status_code == 503
    organisation.clock.move(minutes=15)
    await organisation.finish(await organisation.connect(), company="other")
    assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_tokens_that_nobody_asks_for_are_refreshed_before_the_provider_ends_them(
    organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    timing = TokenTiming(lifetime=None, idle_death=timedelta(days=30))
    monkeypatch.setattr(type(organisation.use_cases.ports.providers), "timing", lambda *_: timing)
    _, grant_id = await organisation.grant()
    await organisation.rows("delete from token_rotation where grant_id <> $1 returning 1", grant_id)
    await organisation.rows("delete from connection_grant where id <> $1 returning 1", grant_id)
    organisation.clock.move(days=19)
    assert await refresh_idle(organisation.use_cases.ports, organisation.use_cases.refresher) == 0
    organisation.clock.move(days=2)
    organisation.provider.faults += [httpx.ConnectError("away")]
    assert await refresh_idle(organisation.use_cases.ports, organisation.use_cases.refresher) == 1
    assert await refresh_idle(organisation.use_cases.ports, organisation.use_cases.refresher) == 0  # it rests
    organisation.clock.move(minutes=2)
    assert await refresh_idle(organisation.use_cases.ports, organisation.use_cases.refresher) == 1
    assert organisation.token_calls.count("refresh_token") == 2
    rows = await organisation.rows("select token_version from connection_grant where id = $1", grant_id)
    assert [row["token_version"] for row in rows] == [2]
