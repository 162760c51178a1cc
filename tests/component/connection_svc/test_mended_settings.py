"""What a provider refused for a fault of ours is refreshed soon after a start with the right settings."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connection_svc.application.refresh_troubled import refresh_troubled

REFUSED = httpx.Response(401, json={"error": "invalid_client"})


async def alone_and_refused(organisation: Any, others: int) -> list[str]:
    """Grants of whom the first was refused, and no other of the database."""
    grants = [(await organisation.grant())[1] for _ in range(1 + others)]
    for table in ("token_rotation where grant_id", "connection_grant where id"):
        await organisation.rows(f"delete from {table} <> all($1::uuid[]) returning 1", grants)
    organisation.clock.move(hours=1)
    organisation.provider.faults += [REFUSED]
    assert (await organisation.issue_token(grants[0])).status_code == 503
    return grants


async def troubled(organisation: Any) -> int:
    rows = await organisation.rows("select 1 from connection_grant where trouble_code is not null")
    return len(rows)


async def test_a_process_with_other_settings_refreshes_what_was_refused_after_a_minute(
    organisation: Any, process: Callable[..., Any]
) -> None:
    await alone_and_refused(organisation, others=0)
    _, restarted = await process("restarted")
    assert await refresh_troubled(restarted.ports, restarted.refresher) == 0, "it rests"
    organisation.clock.move(minutes=1, seconds=1)
    assert await refresh_troubled(restarted.ports, restarted.refresher) == 1
    assert await troubled(organisation) == 0


async def test_a_process_that_was_refused_asks_for_none(organisation: Any) -> None:
    await alone_and_refused(organisation, others=0)
    organisation.clock.move(hours=2)
    calls = len(organisation.token_calls)
    assert await refresh_troubled(organisation.use_cases.ports, organisation.use_cases.refresher) == 0
    assert len(organisation.token_calls) == calls


async def test_a_client_that_is_still_refused_costs_one_call_a_process_whatever_waits(
    organisation: Any, process: Callable[..., Any]
) -> None:
    await alone_and_refused(organisation, others=2)
    await organisation.rows(
        "update connection_grant set trouble_code = 'client_invalid', trouble_since = now() returning 1"
    )
    organisation.clock.move(minutes=2)
    _, other = await process("another")
    organisation.provider.faults += [REFUSED]
    calls = len(organisation.token_calls)
    assert await refresh_troubled(other.ports, other.refresher) == 1
    assert await refresh_troubled(other.ports, other.refresher) == 0
    assert len(organisation.token_calls) == calls + 1
    assert await troubled(organisation) == 3


async def test_every_refusal_that_is_our_fault_is_mended_in_one_round(
    organisation: Any, process: Callable[..., Any]
) -> None:
    await alone_and_refused(organisation, others=2)
    await organisation.rows(
        "update connection_grant set trouble_code = 'client_invalid', trouble_since = now() returning 1"
    )
    organisation.clock.move(minutes=2)
    _, restarted = await process("restarted")
    assert await refresh_troubled(restarted.ports, restarted.refresher) == 3
    assert await troubled(organisation) == 0


@pytest.mark.parametrize(
    "is_now",
    ["trouble_code = 'provider_unavailable'", "state = 'reauthorization_required', reason = 'token_refused'"],
    ids=["its provider is away", "it waits for a login"],
)
async def test_what_no_settings_of_ours_can_mend_is_left_to_who_asks_for_it(
    organisation: Any, process: Callable[..., Any], is_now: str
) -> None:
    """A provider that is away would be called for each of its logins, by each process, every quarter of a minute."""
    await alone_and_refused(organisation, others=0)
    await organisation.rows(f"update connection_grant set {is_now} returning 1")
    organisation.clock.move(minutes=2)
    _, restarted = await process("restarted")
    assert await refresh_troubled(restarted.ports, restarted.refresher) == 0
