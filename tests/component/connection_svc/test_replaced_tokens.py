"""No token lives on at the provider that we do not hold: replaced, overtaken or impossible to store, it is withdrawn."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest

from connection_svc.adapters.refresh_leases import LeasedRefresh
from connection_svc.application.expire_logins import expire_logins
from connection_svc.application.in_flight import InFlight
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.application.revoke_at_provider import revoke_due
from connection_svc.application.rotate_token import rotate_token
from connection_svc.application.store_rotation import store_answer
from koppel.platform.leases import Leases
from koppel.testing.eventually import eventually


class UnheardCommits:
    """Everything that is persisted is committed, not heard of, and done again."""

    def __init__(self, real: Any) -> None:
        self.begin, self._real = real.begin, real

    async def persist(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        await self._real.persist(work)
        return await self._real.persist(work)


async def refresh_calls(organisation: Any, number: int) -> None:
    async def arrived() -> bool:
        return bool(organisation.token_calls.count("refresh_token") >= number)

    await eventually(arrived, what=f"{number} refresh calls")


async def withdrawn(organisation: Any) -> list[str]:
    """What of its tokens the provider was told to forget once the job has run; it does other tests' work too."""
    organisation.clock.move(minutes=1)
    while await revoke_due(organisation.use_cases.ports):
        pass
    return [token for token in organisation.provider.revoked if token in organisation.provider.secrets]


@pytest.mark.parametrize("renews", [True, False], ids=["of the grant", "of its company"])
async def test_a_new_login_withdraws_the_token_it_replaces(organisation: Any, *, renews: bool) -> None:
    connection_id, grant_id = await organisation.grant()
    wanted = {"grant_id": grant_id} if renews else {}
    assert (await organisation.finish(await organisation.again(connection_id, **wanted)))[
        "outcome"
    ] == "authorized"
    before, _ = organisation.provider.known_refresh_tokens
    assert await withdrawn(organisation) == [before]
    assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_a_login_that_brings_the_same_token_keeps_it(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.provider.repeats = True
    await organisation.finish(await organisation.again(connection_id, grant_id=grant_id))
    assert await withdrawn(organisation) == []
    (row,) = await organisation.rows(
        "select outcome, token from provider_revocation where subject_id::text = $1", grant_id
    )
    assert (row["outcome"], row["token"]) == ("in_use", None)


async def test_a_refresh_that_a_login_overtakes_is_withdrawn(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    gate = organisation.provider.gate = asyncio.Event()
    slow = asyncio.create_task(organisation.use_cases.refresher.refresh(UUID(grant_id), 1))
    await refresh_calls(organisation, 1)
    organisation.provider.gate = None
    await organisation.finish(await organisation.again(connection_id, grant_id=grant_id))
    gate.set()
    await slow
    first, by_login, by_refresh = organisation.provider.known_refresh_tokens
    assert sorted(await withdrawn(organisation)) == sorted([first, by_refresh])
    assert by_login in organisation.provider._refresh_tokens
    assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_a_refresh_that_another_refresh_overtakes_is_withdrawn(
    organisation: Any, process: Callable[..., Any]
) -> None:
    """An owner that is paused past its lease, at a provider that takes the same token twice."""
    organisation.provider.single_use = False
    _, grant_id = await organisation.grant()
    _, other = await process("two")
    gate = organisation.provider.gate = asyncio.Event()
    async with organisation.use_cases.refresher._ownership.own(grant_id) as fence:
        paused = asyncio.create_task(rotate_token(organisation.use_cases.ports, UUID(grant_id), 1, fence))
        await refresh_calls(organisation, 1)
        await organisation.rows("delete from lease where subject = $1 returning 1", grant_id)
        organisation.provider.gate = None
        await other.refresher.refresh(UUID(grant_id), 1)
        gate.set()
        await paused
    _, winner, loser = organisation.provider.known_refresh_tokens
    assert await withdrawn(organisation) == [loser]
    assert winner not in organisation.provider.revoked


async def test_an_answer_that_waits_in_the_journal_is_withdrawn_with_its_connection(
    organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id, grant_id = await organisation.grant()

    class Died(BaseException):
        """Between journal and store."""

    async def dies(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr("connection_svc.application.store_rotation.store_answer", dies)
        async with organisation.use_cases.refresher._ownership.own(grant_id) as fence:
            with pytest.raises(Died):
                await rotate_token(organisation.use_cases.ports, UUID(grant_id), 1, fence)
    await organisation.api.delete(f"/v1/connections/{connection_id}")
    assert sorted(await withdrawn(organisation)) == sorted(organisation.provider.known_refresh_tokens)


async def test_a_login_whose_company_is_unknown_is_withdrawn_also_later(
    organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = await organisation.connect()
    organisation.provider.revocation_status = 503
    with monkeypatch.context() as patched:
        patched.setattr(organisation.provider, "_access_tokens", {})
        patched.setattr(organisation.provider, "_issue", _without_access(organisation.provider))
        assert (await organisation.finish(created))["outcome"] == "failed"
    organisation.provider.revocation_status = 200
    organisation.provider.revoked.clear()
    organisation.clock.move(minutes=5)
    assert await withdrawn(organisation) == organisation.provider.known_refresh_tokens


def _without_access(provider: Any) -> Any:
    real = provider._issue

    def issue(form: dict[str, str], company: str) -> httpx.Response:
        answer: httpx.Response = real(form, company)
        provider._access_tokens.clear()
        return answer

    return issue


async def test_a_login_that_cannot_be_stored_is_withdrawn_at_once(
    organisation: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    created = await organisation.connect()

    async def fails(*_: object) -> None:
        raise LookupError("a bug of ours")

    monkeypatch.setattr("connection_svc.application.complete_login.store_grant", fails)
    assert (
        await organisation.api.get(organisation.provider.log_in(created["authorization_url"]))
    ).status_code == 500
    assert organisation.provider.revoked == organisation.provider.known_refresh_tokens
    assert "could not be stored and was withdrawn" in caplog.text
    assert not any(secret in caplog.text for secret in organisation.provider.secrets)


async def test_a_commit_that_was_not_heard_of_withdraws_nothing(organisation: Any) -> None:
    ports = replace(
        organisation.use_cases.ports, unit_of_work=UnheardCommits(organisation.use_cases.ports.unit_of_work)
    )
    refresher = TokenRefresher(ports, LeasedRefresh(Leases(organisation.database, "unheard")), InFlight())
    object.__setattr__(organisation.use_cases, "ports", ports)
    connection_id, grant_id = await organisation.grant()
    await refresher.refresh(UUID(grant_id), 1)
    assert await withdrawn(organisation) == []
    names = [name for name, _ in await organisation.events(connection_id)]
    assert names == ["ConnectionCreated", "ConnectionAuthorized"]
    assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_an_answer_that_was_stored_and_replaced_since_is_not_withdrawn(
    organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its token was used up by the next refresh; a provider may end the whole login that it is withdrawn from."""
    _, grant_id = await organisation.grant()
    kept: list[Any] = []

    async def store(ports: Any, attempt: Any) -> None:
        kept.append(attempt)
        await store_answer(ports, attempt)

    monkeypatch.setattr("connection_svc.application.store_rotation.store_answer", store)
    for version in (1, 2):
        await organisation.use_cases.refresher.refresh(UUID(grant_id), version)
    await store_answer(organisation.use_cases.ports, kept[0])
    assert await withdrawn(organisation) == []


@pytest.mark.parametrize("work", ["login", "refresh"])
async def test_what_a_process_cannot_store_before_it_ends_is_withdrawn(
    organisation: Any, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    connection_id, grant_id = await organisation.grant()
    started = await organisation.again(connection_id)

    async def away(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("connection_svc.adapters.postgres.unit_of_work.PostgresUnitOfWork.persist", away)
    monkeypatch.setattr("connection_svc.application.in_flight._DRAIN", 0.0)
    if work == "login":
        caller = asyncio.create_task(
            organisation.api.get(organisation.provider.log_in(started["authorization_url"]))
        )
    else:
        caller = asyncio.create_task(
            organisation.issue_token(grant_id, {"refresh_if_expires_before": "2100-01-01T00:00:00Z"})
        )

    async def given() -> bool:
        return len(organisation.provider.known_refresh_tokens) == 2

    organisation.clock.move(minutes=2 if work == "login" else 60)
    await eventually(given, what="the provider's answer")
    await organisation.use_cases.in_flight.drain()
    assert (await caller).json()["code"] == "service_stopping"
    assert organisation.provider.revoked == organisation.provider.known_refresh_tokens[1:]


async def test_a_login_that_comes_too_late_is_withdrawn(organisation: Any) -> None:
    created = await organisation.connect()
    gate = organisation.provider.gate = asyncio.Event()
    login = asyncio.create_task(organisation.finish(created))

    async def arrived() -> bool:
        return bool(organisation.token_calls)

    await eventually(arrived, what="the token call")
    organisation.clock.move(minutes=15)
    await expire_logins(organisation.use_cases.ports)
    gate.set()
    back = await login
    assert (back["outcome"], back["code"]) == ("failed", "authorization_expired")
    assert organisation.provider.revoked == organisation.provider.known_refresh_tokens


async def test_a_login_of_another_company_is_withdrawn(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    started = await organisation.again(connection_id, grant_id=grant_id)
    assert (await organisation.finish(started, company="bolt"))["code"] == "company_mismatch"
    assert organisation.provider.revoked == organisation.provider.known_refresh_tokens[1:]
