"""Logins draw their calls before they make them: with none left nothing is exchanged, and the person is told when to come again."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.integration.budget.windows import later


@pytest.fixture
async def organisation(opened_organisation: Callable[..., Any]) -> Any:
    """One call a minute, for all logins at the provider."""
    return await opened_organisation(variables={"EACCOUNTING_LIMITS": "minute=1"})


async def test_a_login_without_a_call_left_uses_up_no_code_and_says_when_to_come_again(
    organisation: Any,
) -> None:
    await organisation.grant()
    started = await organisation.connect()
    back = await organisation.finish(started, company="other")
    assert (back["outcome"], back["code"]) == ("failed", "provider_busy")
    assert 0 < int(back["retry_after"]) <= 66
    assert organisation.token_calls == ["authorization_code"]
    assert (await organisation.get(started["id"]))["state"] == "pending"

    await later(organisation.database, 70)
    back = await organisation.finish(await organisation.again(started["id"]))
    assert back["outcome"] == "authorized"
