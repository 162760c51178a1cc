"""Our clock jumps: whether Exact's token still holds, and takes a refresh, is told by Exact's clock alone."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest

from .exact import Exact, grant_at


@pytest.fixture
async def organisation(opened_at_exact: Callable[..., Any]) -> Any:
    return await opened_at_exact()


async def test_a_token_that_holds_there_is_issued_though_ours_says_that_it_ended(
    exact: Exact, organisation: Any
) -> None:
    _, grant_id = await grant_at(exact, organisation)
    first = (await organisation.issue_token(grant_id)).json()["access_token"]
    organisation.clock.move(hours=5)
    await exact.later(300)
    issued = await organisation.issue_token(grant_id)
    assert (issued.status_code, issued.json()["access_token"]) == (200, first)
    ends = datetime.fromisoformat(issued.json()["expires_at"])
    assert 290 <= (ends - organisation.clock.now()).total_seconds() <= 301
    assert exact.token_calls == 1


async def test_a_token_that_ended_there_is_replaced_when_it_is_refused_though_ours_says_that_it_holds(
    exact: Exact, organisation: Any
) -> None:
    _, grant_id = await grant_at(exact, organisation)
    organisation.clock.move(hours=-5)
    await exact.later(600)
    stale = (await organisation.issue_token(grant_id)).json()["access_token"]
    refused = {"rejected_token_sha256": _sha256(stale)}
    fresh = await organisation.issue_token(grant_id, refused)
    assert (fresh.status_code, fresh.json()["access_token"] != stale) == (200, True)
    assert (exact.token_calls, await exact.violations()) == (2, {})


async def test_a_token_that_ended_there_is_not_issued_while_its_refresh_must_wait(
    exact: Exact, organisation: Any
) -> None:
    """A refresh whose answer was lost is waited for; by our clock the token would hold a while."""
    _, grant_id = await grant_at(exact, organisation)
    organisation.clock.move(seconds=580)
    await exact.later(620)
    exact.losing = lambda: True
    await organisation.issue_token(grant_id)
    for _ in range(2):
        waits = await organisation.issue_token(grant_id)
        assert (waits.status_code, waits.json()["code"]) == (503, "refresh_paused")
        organisation.clock.move(seconds=5)
    assert exact.token_calls == 2


def _sha256(token: str) -> str:
    return sha256(token.encode()).hexdigest()
