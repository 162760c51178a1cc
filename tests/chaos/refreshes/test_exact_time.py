"""When Exact is asked: never before it takes a refresh, whatever was refused, lost, or told by our clock. Each rule is
broken on purpose, and Exact's own count must notice."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from tests.chaos.refreshes.exact import Exact
from tests.chaos.refreshes.world import World

from connection_svc.adapters.provider_calls import PermittedCalls
from connection_svc.adapters.providers import CatalogueGateway
from connection_svc.application import rotate_token
from connection_svc.application.issue_access_token import Claim, issue_access_token
from connection_svc.domain.token_life import Demand, takes_refresh_at
from koppel.kernel.errors import Transient
from koppel.providers import failures
from koppel.providers.failures import failure

_REFUSED = Demand(rejected_token_sha256=hashlib.sha256(b"access").digest())
_AGED = timedelta(hours=2)


class Journey:
    """What happens to a grant at Exact until it is asked for a token that it cannot have yet."""

    def __init__(self, refreshes: World, exact: Exact) -> None:
        self._refreshes = refreshes
        self._exact = exact

    async def refused(self) -> str:
        """Five minutes after the tokens came a service says that Exact refuses the access token."""
        (grant,) = await self._refreshes.grants(1, passed=300)
        await self.asks(grant, _REFUSED)
        return grant

    async def lost(self) -> str:
        """A refresh at its time, whose answer never comes; our clock goes on by more than any pause."""
        (grant,) = await self._refreshes.grants(1)
        self._refreshes.clock.moved += _AGED
        with _loses_answers():
            await self.asks(grant)
        self._refreshes.clock.moved += _AGED
        await self.asks(grant)
        return grant

    async def jumped(self) -> str:
        """Our clock jumps by hours, five minutes after the tokens came."""
        (grant,) = await self._refreshes.grants(1, passed=300)
        self._refreshes.clock.moved += _AGED
        await self.asks(grant)
        return grant

    async def asks(self, grant: str, demand: Demand | None = None) -> bool:
        """Whether there was a token."""
        here = self._refreshes
        claim = Claim(here.organisation, UUID(grant))
        try:
            await issue_access_token(
                here.use_cases.ports, here.use_cases.refresher, claim, demand or Demand(), service="sync-svc"
            )
        except Transient:
            return False
        return True

    async def play(self, name: str) -> str:
        grant: str = await getattr(self, name)()
        return grant

    def wait(self, seconds: float) -> None:
        self._exact.later(seconds)
        self._refreshes.clock.moved += timedelta(seconds=seconds)


@contextmanager
def _loses_answers() -> Iterator[None]:
    real = PermittedCalls.refresh

    async def refresh(*given: Any) -> Any:
        await real(*given)
        raise failure(failures.DROPPED)

    with patch.object(PermittedCalls, "refresh", refresh):
        yield


@contextmanager
def _asks_early_after_a_refusal() -> Iterator[None]:
    with patch.object(rotate_token, "_check_age", lambda *_: None):
        yield


@contextmanager
def _asks_at_once_after_a_lost_answer() -> Iterator[None]:
    def forgetful(tokens: Any, attempt: Any, timing: Any) -> Any:
        return None if attempt.lost_before else takes_refresh_at(tokens, attempt, timing)

    with patch.object(rotate_token, "takes_refresh_at", forgetful):
        yield


@contextmanager
def _reckons_ages_by_our_clock() -> Iterator[None]:
    async def silent(*_: object) -> None:
        return None

    with (
        patch.object(CatalogueGateway, "time", silent),
        patch.object(rotate_token, "provider_time", lambda _, now, __: now),
    ):
        yield


MISTAKES: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "refused": _asks_early_after_a_refusal,
    "lost": _asks_at_once_after_a_lost_answer,
    "jumped": _reckons_ages_by_our_clock,
}
"""The bug that each journey finds."""


@pytest.fixture
def exact() -> Exact:
    return Exact(patience=7_200)


@pytest.fixture
async def journey(opened_world: Callable[..., Any], exact: Exact) -> AsyncIterator[Journey]:
    async with opened_world(exact) as refreshes:
        yield Journey(refreshes, exact)


@pytest.mark.parametrize("name", MISTAKES)
async def test_exact_is_not_asked_before_its_time(exact: Exact, journey: Journey, name: str) -> None:
    grant = await journey.play(name)
    assert exact.violations == {}
    journey.wait(600)
    assert await journey.asks(grant, _REFUSED)
    assert exact.violations == {}


@pytest.mark.parametrize("name", MISTAKES)
async def test_a_refresh_that_does_it_wrong_is_noticed_by_exact(
    exact: Exact, journey: Journey, name: str
) -> None:
    with MISTAKES[name]():
        await journey.play(name)
    assert exact.violations.get("early_refresh", 0) >= 1
