"""Two processes whose clocks differ call together: never more than their share."""

from collections.abc import AsyncIterator, Callable

import pytest

from koppel.platform.budget import PostgresBudget
from koppel.platform.database import Database
from koppel.ports.budget import Spender
from koppel.testing.databases import ServiceDatabase

from .together import call_together
from .windows import window


@pytest.fixture
async def other(service: ServiceDatabase) -> AsyncIterator[Database]:
    """The pool of another process."""
    opened = service.open()
    await opened.open()
    yield opened
    await opened.close()


async def test_the_provider_counts_no_call_above_the_share(
    budget_of: Callable[..., PostgresBudget], spender: Spender, other: Database
) -> None:
    limit = window(calls=20, seconds=1)
    budgets = [budget_of(limit), budget_of(limit, on=other)]
    provider = await call_together(budgets, spender, calls=50)
    assert provider.most_in(1.0) <= 20
