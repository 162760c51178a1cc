"""Rotations that nobody finishes are swept: the grant works, or a person is told, without a borrower that asks."""

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


async def left_open(office: Any, grant_id: str, patched: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One owner refreshes and dies where `patched` is called; its lease has gone by when this returns."""
    with monkeypatch.context() as patch:
        patch.setattr(patched, die)
        async with office.use_cases.refresher._ownership.own(grant_id) as fence:
            with pytest.raises(Died):
                await rotate_token(office.use_cases.ports, UUID(grant_id), 1, fence)
    office.clock.move(minutes=1)


async def sweep(office: Any, use_cases: Any = None) -> int:
    swept = use_cases or office.use_cases
    return await sweep_rotations(swept.ports, swept.refresher)


async def state(office: Any, grant_id: str) -> str:
    (row,) = await office.rows(
        "select state from token_rotation where grant_id = $1 and from_version = 1", grant_id
    )
    return str(row["state"])


JOURNAL = "connection_svc.application.keep_answer.store_answer"
ANSWER = "connection_svc.adapters.postgres.rotations.PostgresRotations.answer"
CALL = "connection_svc.adapters.providers.CatalogueGateway.refresh"


async def test_an_answer_in_the_journal_is_stored(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, grant_id = await office.grant()
    await left_open(office, grant_id, JOURNAL, monkeypatch)
    await sweep(office)
    assert await state(office, grant_id) == "stored"
    assert office.token_calls == ["authorization_code", "refresh_token"]
    assert (await office.borrow(grant_id)).status_code == 200


async def test_a_lost_answer_is_told_to_a_person(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connection_id, grant_id = await office.grant()
    await left_open(office, grant_id, ANSWER, monkeypatch)
    await sweep(office)
    name, event = (await office.events(connection_id))[-1]
    assert name == "ConnectionReauthorizationRequired"
    assert (event["reason"], event["who_must_act"]) == ("rotation_lost", "customer")
    assert await state(office, grant_id) == "refused"


async def test_a_call_that_was_never_made_is_made(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    connection_id, grant_id = await office.grant()
    await left_open(office, grant_id, CALL, monkeypatch)
    await sweep(office)
    assert await state(office, grant_id) == "stored"
    assert (await office.get(connection_id))["state"] == "active"


async def test_two_sweeps_make_one_call(
    office: Any, process: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, grant_id = await office.grant()
    await left_open(office, grant_id, CALL, monkeypatch)
    _, other = await process("two")
    await asyncio.gather(sweep(office), sweep(office, other), sweep(office), sweep(office, other))
    assert office.token_calls == ["authorization_code", "refresh_token"]


async def test_a_rotation_that_a_login_overtook_is_closed(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id, grant_id = await office.grant()
    await left_open(office, grant_id, CALL, monkeypatch)
    await office.finish(await office.again(connection_id, grant_id=grant_id))
    await sweep(office)
    assert await state(office, grant_id) == "superseded"
    assert "refresh_token" not in office.token_calls


async def test_a_package_that_is_away_is_not_pressed(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, grant_id = await office.grant()
    await left_open(office, grant_id, CALL, monkeypatch)
    office.package.faults.append(httpx.ReadTimeout("late"))
    await sweep(office)
    await sweep(office)
    assert office.token_calls == ["authorization_code", "refresh_token"]
    office.clock.move(minutes=2)
    await sweep(office)
    assert await state(office, grant_id) == "stored"


async def test_one_turn_is_bounded_and_every_rotation_gets_one(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_module, "_AT_ONCE", 2)
    grants = [(await office.grant(company=f"company-{number}"))[1] for number in range(3)]
    for grant_id in grants:
        await left_open(office, grant_id, JOURNAL, monkeypatch)
    assert await sweep(office) == 2
    await sweep(office)
    assert [await state(office, grant_id) for grant_id in grants] == ["stored"] * 3


async def test_what_an_owner_is_still_at_is_left_alone(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, grant_id = await office.grant()
    await left_open(office, grant_id, CALL, monkeypatch)
    office.clock.move(minutes=-1)
    await sweep(office)
    assert await state(office, grant_id) == "intended"


async def test_keys_that_cannot_be_read_after_the_answer_lose_nothing(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, grant_id = await office.grant()
    office.clock.move(hours=1)
    store = "connection_svc.adapters.postgres.data_keys.PostgresDataKeys"
    real = office.package._issue

    def issue(form: dict[str, str], company: str) -> httpx.Response:
        for name in ("get", "get_current"):
            monkeypatch.setattr(f"{store}.{name}", die)
        answer: httpx.Response = real(form, company)
        return answer

    monkeypatch.setattr(office.package, "_issue", issue)
    await office.use_cases.refresher.refresh(UUID(grant_id), 1)
    assert await state(office, grant_id) == "stored"


async def test_keys_that_cannot_be_read_before_the_call_leave_no_trace_of_one(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, grant_id = await office.grant()
    office.clock.move(hours=1)
    with monkeypatch.context() as patched:
        patched.setattr("connection_svc.adapters.token_vault.TokenVault.sealer", die)
        with pytest.raises(Died):
            await office.use_cases.refresher.refresh(UUID(grant_id), 1)
    rows = await office.rows("select 1 from token_rotation where grant_id = $1", grant_id)
    assert (rows, office.token_calls) == ([], ["authorization_code"])
