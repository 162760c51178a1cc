"""A process that dies in the middle of a rotation: the next one goes on, or a person is asked. Never silence."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest

from connection_svc.adapters.refresh_leases import LeasedRefresh
from connection_svc.application.in_flight import InFlight
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.application.rotate_token import rotate_token
from koppel.platform.leases import Leases
from koppel.testing.eventually import eventually


class Died(BaseException):
    """As abrupt as a kill: no handler of ours catches it."""


class DyingUnitOfWork:
    """Dies when transaction number `at` would begin; with `after`, once it has committed."""

    def __init__(self, real: Any, at: int, *, after: bool) -> None:
        self._real, self._left, self._after = real, at, after

    def begin(self, organisation_id: Any) -> Any:
        self._step()
        return self._real.begin(organisation_id)

    async def persist(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        self._step()
        result = await self._real.persist(work)
        if self._left == 0 and self._after:
            raise Died
        return result

    def _step(self) -> None:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Died


async def rotate_and_die(organisation: Any, grant_id: str, at: int, *, after: bool) -> None:
    """One owner rotates and dies; its lease goes with it."""
    use_cases = organisation.use_cases
    ports = replace(
        use_cases.ports, unit_of_work=DyingUnitOfWork(use_cases.ports.unit_of_work, at, after=after)
    )
    async with use_cases.refresher._ownership.own(grant_id) as fence:
        with pytest.raises(Died):
            await rotate_token(ports, UUID(grant_id), 1, fence)


async def journal(organisation: Any, grant_id: str) -> Any:
    (row,) = await organisation.rows(
        "select state, attempts, access_token, refresh_token from token_rotation where grant_id = $1",
        grant_id,
    )
    return row


async def test_dying_before_the_intent_costs_nothing(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    await rotate_and_die(organisation, grant_id, 1, after=False)
    assert organisation.token_calls == ["authorization_code"]
    assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_dying_with_the_answer_in_hand_asks_for_a_person_where_tokens_rotate(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    await rotate_and_die(organisation, grant_id, 2, after=False)
    assert (await journal(organisation, grant_id))["state"] == "intended"

    assert (await organisation.issue_token(grant_id)).json()["code"] == "reauthorization_required"

    shown = await organisation.get(connection_id)
    assert shown["health"]["reason"] == "rotation_lost"
    assert (await organisation.events(connection_id))[-1][1]["reason"] == "rotation_lost"
    assert organisation.token_calls.count("refresh_token") == 2


async def test_dying_with_the_answer_in_hand_costs_nothing_where_tokens_stay(organisation: Any) -> None:
    organisation.provider.rotates = False
    _, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    await rotate_and_die(organisation, grant_id, 2, after=False)
    assert (await organisation.issue_token(grant_id)).status_code == 200


@pytest.mark.parametrize(("at", "after"), [(2, True), (3, False)])
async def test_a_journalled_answer_is_stored_by_the_next_owner(
    organisation: Any, at: int, *, after: bool
) -> None:
    _, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    await rotate_and_die(organisation, grant_id, at, after=after)
    assert (await journal(organisation, grant_id))["state"] == "answered"

    answer = await organisation.issue_token(grant_id)

    assert answer.status_code == 200
    assert organisation.token_calls == ["authorization_code", "refresh_token"]
    row = await journal(organisation, grant_id)
    assert (row["state"], row["access_token"], row["refresh_token"]) == ("stored", None, None)


async def test_dying_after_the_store_costs_nothing(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    await rotate_and_die(organisation, grant_id, 3, after=True)
    assert (await organisation.issue_token(grant_id)).status_code == 200
    assert organisation.token_calls == ["authorization_code", "refresh_token"]


async def test_a_rotation_is_proven_when_its_token_is_issued_again(organisation: Any) -> None:
    _, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    await organisation.issue_token(grant_id)
    assert (await journal(organisation, grant_id))["state"] == "stored"
    await organisation.issue_token(grant_id)
    assert (await journal(organisation, grant_id))["state"] == "proven"


@pytest.mark.parametrize("lost", [httpx.ReadError("cut"), httpx.ReadTimeout("late")])
async def test_an_answer_lost_on_the_way_is_named_so(organisation: Any, lost: Exception) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    organisation.provider.after_work.append(lost)
    assert (await organisation.issue_token(grant_id)).status_code == 503
    assert (await organisation.get(connection_id))["state"] == "active"
    organisation.clock.move(minutes=1)
    assert (await organisation.issue_token(grant_id)).status_code == 409
    assert (await organisation.get(connection_id))["health"]["reason"] == "rotation_lost"


async def test_the_loser_of_a_race_never_breaks_the_winner(
    organisation: Any, process: Callable[..., Any]
) -> None:
    """An owner that is paused past its lease: another rotates; the first one's refusal changes nothing."""
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    _, other = await process("two")
    organisation.provider.gate = asyncio.Event()
    organisation.provider.faults.append(httpx.Response(400, json={"error": "invalid_grant"}))
    async with organisation.use_cases.refresher._ownership.own(grant_id) as fence:
        paused = asyncio.create_task(rotate_token(organisation.use_cases.ports, grant_id, 1, fence))

        async def is_called() -> bool:
            return "refresh_token" in organisation.token_calls

        await eventually(is_called, what="the first call")
        await organisation.rows("delete from lease where subject = $1 returning 1", grant_id)
        winner = asyncio.create_task(other.refresher.refresh(grant_id, 1))

        async def both_called() -> bool:
            return organisation.token_calls.count("refresh_token") == 2

        await eventually(both_called, what="the second call")
        organisation.provider.gate.set()
        results = await asyncio.gather(paused, winner, return_exceptions=True)
    assert getattr(results[0], "code", None) == "lease_lost"
    assert (await organisation.get(connection_id))["state"] == "active"
    assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_an_answer_that_comes_after_the_lease_is_kept_and_recovers_the_grant(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    gate = organisation.provider.gate = asyncio.Event()
    slow = asyncio.create_task(organisation.use_cases.refresher.refresh(grant_id, 1))

    async def is_called() -> bool:
        return "refresh_token" in organisation.token_calls

    await eventually(is_called, what="the call")
    await organisation.rows("delete from lease where subject = $1 returning 1", grant_id)
    organisation.provider.gate = None
    organisation.provider.faults.append(httpx.Response(400, json={"error": "invalid_grant"}))
    await TokenRefresher(
        organisation.use_cases.ports, LeasedRefresh(Leases(organisation.database, "two")), InFlight()
    ).refresh(grant_id, 1)
    assert (await organisation.get(connection_id))["health"]["reason"] == "rotation_lost"

    gate.set()
    await slow

    assert (await organisation.get(connection_id))["state"] == "active"
    assert (await organisation.events(connection_id))[-1][0] == "ConnectionRecovered"
    assert (await organisation.issue_token(grant_id)).status_code == 200
