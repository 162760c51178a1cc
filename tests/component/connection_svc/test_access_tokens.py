"""Lending access tokens, and the refreshes behind it."""

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
from connection_svc.domain.token_life import Demand
from koppel.providers.profile import TokenTiming
from koppel.testing.eventually import eventually


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def test_a_fresh_token_is_lent_as_it_is(office: Any) -> None:
    _, grant_id = await office.grant()
    first, second = await office.borrow(grant_id), await office.borrow(grant_id, {})
    assert first.json() == second.json()
    assert set(first.json()) == {"access_token", "expires_at", "api_base_url", "headers", "company"}
    assert (first.json()["headers"], first.json()["company"]) == ({}, "acme")
    assert first.json()["api_base_url"] == "http://package.test/v2"
    assert first.headers["cache-control"] == "no-store"
    assert office.token_calls == ["authorization_code"]


async def test_a_token_near_its_end_is_refreshed_once(office: Any) -> None:
    _, grant_id = await office.grant()
    before = (await office.borrow(grant_id)).json()
    office.clock.move(minutes=56)
    after = (await office.borrow(grant_id)).json()
    assert after["access_token"] != before["access_token"]
    assert after["expires_at"] > before["expires_at"]
    assert (await office.borrow(grant_id)).json() == after
    assert office.token_calls == ["authorization_code", "refresh_token"]


async def test_a_borrower_may_ask_for_a_longer_life(office: Any) -> None:
    _, grant_id = await office.grant()
    office.clock.move(minutes=30)
    wanted = (office.clock.now().replace(microsecond=0)).isoformat()
    assert (await office.borrow(grant_id, {"refresh_if_expires_before": wanted})).status_code == 200
    assert office.token_calls == ["authorization_code"]
    office.clock.move(minutes=1)
    later = office.clock.now().replace(year=office.clock.now().year + 1).isoformat()
    for _ in range(3):  # the second and third find a token that cannot live longer
        await office.borrow(grant_id, {"refresh_if_expires_before": later})
    assert office.token_calls == ["authorization_code", "refresh_token"]


async def test_a_rejected_token_is_replaced_once(office: Any) -> None:
    _, grant_id = await office.grant()
    rejected = (await office.borrow(grant_id)).json()["access_token"]
    body = {"rejected_token_sha256": digest(rejected)}
    first, second = await office.borrow(grant_id, body), await office.borrow(grant_id, body)
    assert first.json()["access_token"] == second.json()["access_token"] != rejected
    assert office.token_calls == ["authorization_code", "refresh_token"]


async def test_a_package_that_does_not_rotate_keeps_its_refresh_token(office: Any) -> None:
    office.package.rotates = False
    _, grant_id = await office.grant()
    for _ in range(2):
        office.clock.move(hours=1)
        assert (await office.borrow(grant_id)).status_code == 200
    assert office.token_calls.count("refresh_token") == 2


async def test_a_refused_refresh_asks_for_a_person_once(office: Any) -> None:
    connection_id, grant_id = await office.grant()
    office.package.forget_refresh_tokens()
    office.clock.move(hours=1)
    answers = [await office.borrow(grant_id) for _ in range(3)]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
        (409, "reauthorization_required")
    }
    assert office.token_calls == ["authorization_code", "refresh_token"]
    shown = await office.get(connection_id)
    assert shown["state"] == "reauthorization_required"
    assert (shown["health"]["status"], shown["health"]["reason"]) == ("action_needed", "grant_invalid")
    assert shown["health"]["who_must_act"] == "customer"
    required = [event for name, event in await office.events(connection_id) if "Required" in name]
    assert [(event["grant_id"], event["reason"]) for event in required] == [(grant_id, "grant_invalid")]


async def test_a_lost_grant_and_its_recovery_leave_a_line_each(
    office: Any, caplog: pytest.LogCaptureFixture
) -> None:
    connection_id, grant_id = await office.grant()
    office.package.forget_refresh_tokens()
    office.clock.move(hours=1)
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            await office.borrow(grant_id)
        await office.finish(await office.again(connection_id, grant_id=grant_id))
    (lost,) = [line for line in caplog.records if line.getMessage() == "grant lost"]
    (recovered,) = [line for line in caplog.records if line.getMessage() == "connection recovered"]
    assert (lost.levelname, recovered.levelname) == ("WARNING", "INFO")
    assert (lost.__dict__["grant_id"], lost.__dict__["reason"]) == (grant_id, "grant_invalid")
    assert recovered.__dict__["connection_id"] == connection_id
    told = str([line.__dict__ for line in caplog.records])
    assert not any(secret in told for secret in office.package.secrets)


async def test_a_new_login_recovers_the_connection(office: Any) -> None:
    connection_id, grant_id = await office.grant()
    office.package.forget_refresh_tokens()
    office.clock.move(hours=1)
    await office.borrow(grant_id)
    await office.finish(await office.again(connection_id, grant_id=grant_id))
    assert (await office.get(connection_id))["state"] == "active"
    assert [name for name, _ in await office.events(connection_id)][-3:] == [
        "ConnectionReauthorizationRequired",
        "ConnectionAuthorized",
        "ConnectionRecovered",
    ]
    assert (await office.borrow(grant_id)).status_code == 200


async def test_a_connection_recovers_when_every_grant_works(office: Any) -> None:
    connection_id, acme = await office.grant()
    await office.finish(await office.again(connection_id), company="bolt")
    bolt = (await office.get(connection_id))["grants"][1]["id"]
    office.package.forget_refresh_tokens()
    office.clock.move(hours=1)
    await office.borrow(acme)
    await office.borrow(bolt)
    await office.finish(await office.again(connection_id, grant_id=acme))
    assert (await office.get(connection_id))["state"] == "reauthorization_required"
    await office.finish(await office.again(connection_id, grant_id=bolt), company="bolt")
    names = [name for name, _ in await office.events(connection_id)]
    assert names.count("ConnectionReauthorizationRequired") == 2
    assert (names.count("ConnectionRecovered"), names[-1]) == (1, "ConnectionRecovered")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (httpx.Response(503, headers={"Retry-After": "7"}), "provider_unavailable"),
        (httpx.Response(429, headers={"Retry-After": "7"}), "rate_limited"),
        (httpx.ConnectError("no"), "provider_unreachable"),
        (httpx.Response(401, json={"error": "invalid_client"}), "client_invalid"),
        (httpx.Response(200, text="{"), "provider_bad_answer"),
    ],
)
async def test_a_passing_failure_leaves_the_grant_alone(
    office: Any, fault: httpx.Response | Exception, code: str
) -> None:
    connection_id, grant_id = await office.grant()
    office.clock.move(hours=1)
    office.package.faults.append(fault)
    answer = await office.borrow(grant_id)
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert int(answer.headers["retry-after"]) >= (7 if isinstance(fault, httpx.Response) and fault.headers.get("Retry-After") else 1)  # fmt: skip
    paused = await office.borrow(grant_id)
    assert (paused.status_code, paused.json()["code"]) == (503, "refresh_paused")
    assert (await office.get(connection_id))["state"] == "active"
    office.clock.move(minutes=15)  # longer than a fault of ours rests
    assert (await office.borrow(grant_id)).status_code == 200


async def test_two_hundred_callers_in_two_processes_make_one_token_call(
    office: Any, process: Callable[..., Any]
) -> None:
    _, grant_id = await office.grant()
    claim = Claim(office.organisation, UUID(grant_id))
    _, other = await process("two")
    office.clock.move(hours=1)
    office.package.gate = asyncio.Event()

    async def borrow(number: int) -> str:
        use_cases = office.use_cases if number % 2 else other
        issued = await issue_access_token(
            use_cases.ports, use_cases.refresher, claim, Demand(), service="sync-svc"
        )
        return issued.token.access_token

    callers = [asyncio.create_task(borrow(number)) for number in range(200)]

    async def is_called() -> bool:
        return "refresh_token" in office.token_calls

    await eventually(is_called, what="the token call")
    office.package.gate.set()
    tokens = await asyncio.gather(*callers)
    assert len(set(tokens)) == 1
    assert office.token_calls == ["authorization_code", "refresh_token"]


async def test_a_refresh_outlives_the_caller_that_started_it(office: Any) -> None:
    _, grant_id = await office.grant()
    office.clock.move(hours=1)
    office.package.gate = asyncio.Event()
    use_cases, claim = office.use_cases, Claim(office.organisation, UUID(grant_id))
    caller = asyncio.create_task(
        issue_access_token(use_cases.ports, use_cases.refresher, claim, Demand(), service="sync-svc")
    )

    async def is_called() -> bool:
        return "refresh_token" in office.token_calls

    await eventually(is_called, what="the token call")
    caller.cancel()
    office.package.gate.set()
    assert (await office.borrow(grant_id)).status_code == 200
    assert office.token_calls == ["authorization_code", "refresh_token"]


async def test_a_token_that_still_holds_is_issued_while_its_refresh_fails(office: Any) -> None:
    _, grant_id = await office.grant()
    first = (await office.borrow(grant_id)).json()
    office.clock.move(minutes=56)
    office.package.faults += [httpx.ConnectError("away")]
    answer = await office.borrow(grant_id)
    assert (answer.status_code, answer.json()) == (200, first)
    assert office.token_calls.count("refresh_token") == 1


async def test_a_token_that_the_package_refused_is_not_issued_while_its_refresh_fails(office: Any) -> None:
    _, grant_id = await office.grant()
    token = (await office.borrow(grant_id)).json()["access_token"]
    office.package.faults += [httpx.ConnectError("away")]
    answer = await office.borrow(grant_id, {"rejected_token_sha256": digest(token)})
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unreachable")


async def test_a_fault_of_ours_is_told_until_a_refresh_passes(office: Any) -> None:
    connection_id, grant_id = await office.grant()
    office.clock.move(hours=1)
    office.package.faults += [httpx.Response(401, json={"error": "invalid_client"})]
    assert (await office.borrow(grant_id)).status_code == 503
    health = (await office.get(connection_id))["health"]
    assert (health["status"], health["reason"], health["who_must_act"]) == (
        "action_needed",
        "client_invalid",
        "us",
    )
    office.clock.move(minutes=15)
    assert (await office.borrow(grant_id)).status_code == 200
    assert (await office.get(connection_id))["health"]["status"] == "healthy"


async def test_tokens_that_nobody_asks_for_are_refreshed_before_the_package_ends_them(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    timing = TokenTiming(lifetime=None, idle_death=timedelta(days=30))
    monkeypatch.setattr(type(office.use_cases.ports.providers), "timing", lambda *_: timing)
    _, grant_id = await office.grant()
    await office.rows("delete from token_rotation where grant_id <> $1 returning 1", grant_id)
    await office.rows("delete from connection_grant where id <> $1 returning 1", grant_id)
    office.clock.move(days=19)
    assert await refresh_idle(office.use_cases.ports, office.use_cases.refresher) == 0
    office.clock.move(days=2)
    office.package.faults += [httpx.ConnectError("away")]
    assert await refresh_idle(office.use_cases.ports, office.use_cases.refresher) == 1
    assert await refresh_idle(office.use_cases.ports, office.use_cases.refresher) == 0  # it rests
    office.clock.move(minutes=2)
    assert await refresh_idle(office.use_cases.ports, office.use_cases.refresher) == 1
    assert office.token_calls.count("refresh_token") == 2
    rows = await office.rows("select token_version from connection_grant where id = $1", grant_id)
    assert [row["token_version"] for row in rows] == [2]
