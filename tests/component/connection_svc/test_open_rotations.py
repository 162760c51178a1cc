"""Rotations that nobody finishes are swept: the grant works, or a person is told, without a service that asks."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from connection_svc.application import sweep_rotations as sweep_module
from connection_svc.application.rotate_token import rotate_token
from connection_svc.application.sweep_rotations import sweep_rotations


class Died(BaseException):
    """As abrupt as a kill: no handler of ours catches it."""


async def die(*_: object, **__: object) -> None:
    raise Died


async def left_open(organisation: Any, grant_id: str, patched: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One owner refreshes and dies where `patched` is called; its lease has gone by when this returns."""
    with monkeypatch.context() as patch:
        patch.setattr(patched, die)
        async with organisation.use_cases.refresher._ownership.own(grant_id) as fence:
            with pytest.raises(Died):
                await rotate_token(organisation.use_cases.ports, UUID(grant_id), 1, fence)
    organisation.clock.move(minutes=1)


async def sweep(organisation: Any, use_cases: Any = None) -> int:
    swept = use_cases or organisation.use_cases
    return await sweep_rotations(swept.ports, swept.refresher)


async def state(organisation: Any, grant_id: str) -> str:
    (row,) = await organisation.rows(
        "select state from token_rotation where grant_id = $1 and from_version = 1", grant_id
    )
    return str(row["state"])


JOURNAL = "connection_svc.application.store_rotation.store_answer"
ANSWER = "connection_svc.adapters.postgres.rotations.PostgresRotations.answer"
CALL = "connection_svc.adapters.provider_calls.PermittedCalls.refresh"


async def test_an_answer_in_the_journal_is_stored(organisation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, grant_id = await organisation.grant()
    await left_open(organisation, grant_id, JOURNAL, monkeypatch)
    await sweep(organisation)
    assert await state(organisation, grant_id) == "stored"
    assert organisation.token_calls == ["authorization_code", "refresh_token"]
    assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_a_lost_answer_is_told_to_a_person(organisation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connection_id, grant_id = await organisation.grant()
    await left_open(organisation, grant_id, ANSWER, monkeypatch)
    await sweep(organisation)
    name, event = (await organisation.events(connection_id))[-1]
    assert name == "ConnectionReauthorizationRequired"
    assert (event["reason"], event["who_must_act"]) == ("rotation_lost", "customer")
    assert await state(organisation, grant_id) == "refused"


async def test_a_call_that_was_never_made_is_made(organisation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connection_id, grant_id = await organisation.grant()
    await left_open(organisation, grant_id, CALL, monkeypatch)
    await sweep(organisation)
    assert await state(organisation, grant_id) == "stored"
    assert (await organisation.get(connection_id))["state"] == "active"


async def test_two_sweeps_make_one_call(
    organisation: Any, process: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, grant_id = await organisation.grant()
    await left_open(organisation, grant_id, CALL, monkeypatch)
    _, other = await process("two")
    await asyncio.gather(
        sweep(organisation), sweep(organisation, other), sweep(organisation), sweep(organisation, other)
    )
    assert organisation.token_calls == ["authorization_code", "refresh_token"]


async def test_a_rotation_that_a_login_overtook_is_closed(
    organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id, grant_id = await organisation.grant()
    await left_open(organisation, grant_id, CALL, monkeypatch)
    await organisation.finish(await organisation.again(connection_id, grant_id=grant_id))
    await sweep(organisation)
    assert await state(organisation, grant_id) == "superseded"
    assert "refresh_token" not in organisation.token_calls


async def test_a_provider_that_is_away_is_not_pressed(
    organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, grant_id = await organisation.grant()
    await left_open(organisation, grant_id, CALL, monkeypatch)
    organisation.provider.faults.append(httpx.ReadTimeout("late"))
    await sweep(organisation)
    await sweep(organisation)
    assert organisation.token_calls == ["authorization_code", "refresh_token"]
    organisation.clock.move(minutes=2)
    await sweep(organisation)
    assert await state(organisation, grant_id) == "stored"


async def test_one_turn_is_bounded_and_every_rotation_gets_one(
    organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_module, "_AT_ONCE", 2)
    grants = [(await organisation.grant(company=f"company-{number}"))[1] for number in range(3)]
    for grant_id in grants:
        await left_open(organisation, grant_id, JOURNAL, monkeypatch)
    assert await sweep(organisation) == 2
    await sweep(organisation)
    assert [await state(organisation, grant_id) for grant_id in grants] == ["stored"] * 3


async def test_what_an_owner_is_still_at_is_left_alone(
    organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, grant_id = await organisation.grant()
    await left_open(organisation, grant_id, CALL, monkeypatch)
    organisation.clock.move(minutes=-1)
    await sweep(organisation)
    assert await state(organisation, grant_id) == "intended"


async def test_keys_that_cannot_be_read_after_the_answer_lose_nothing(
    organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    store = "connection_svc.adapters.postgres.data_keys.PostgresDataKeys"
    real = organisation.provider._issue

    def issue(form: dict[str, str], company: str) -> httpx.Response:
        for name in ("get", "get_current"):
            monkeypatch.setattr(f"{store}.{name}", die)
        answer: httpx.Response = real(form, company)
        return answer

    monkeypatch.setattr(organisation.provider, "_issue", issue)
    await organisation.use_cases.refresher.refresh(UUID(grant_id), 1)
    assert await state(organisation, grant_id) == "stored"


async def test_keys_that_cannot_be_read_before_the_call_leave_no_trace_of_one(
    organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    with monkeypatch.context() as patched:
        patched.setattr("connection_svc.adapters.token_vault.TokenVault.sealer", die)
        with pytest.raises(Died):
            await organisation.use_cases.refresher.refresh(UUID(grant_id), 1)
    rows = await organisation.rows("select 1 from token_rotation where grant_id = $1", grant_id)
    assert (rows, organisation.token_calls) == ([], ["authorization_code"])
