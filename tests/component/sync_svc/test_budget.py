"""What operators see of the calls that providers allow."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from koppel.kernel.ids import new_id
from koppel.platform.budget import PostgresBudget
from koppel.platform.database import Database
from koppel.ports.budget import MadeCall, Permits, Spender
from koppel.providers.eaccounting.provider import EACCOUNTING
from koppel.providers.profile import Shares
from koppel.providers.scoped_windows import scoped_windows
from koppel.testing.administrations import imported
from koppel.testing.tokens import TokenIssuer

from .organisation import Organisation

Budget = Callable[..., Awaitable[dict[str, Any]]]


async def called(organisation: Organisation, database: Database, made: int, endpoint: str) -> Permits:
    """A lot of eight at this endpoint, of which so many calls were made."""
    windows = scoped_windows({"eaccounting": EACCOUNTING.profile.windows}, {"eaccounting": Shares().for_sync})
    budget = PostgresBudget(database, windows, most=8)
    spender = Spender(
        provider="eaccounting",
        organisation_id=organisation.organisation_id,
        administration_id=organisation.administration_id,
        grant_id=new_id(),
        endpoint=endpoint,
        company="7",
    )
    lot = await budget.draw(spender, 8)
    assert isinstance(lot, Permits)
    if made:
        await budget.settle(lot, [MadeCall(0.0)] * made)
    return lot


@pytest.fixture
def budget(organisation: Organisation, issuer: TokenIssuer) -> Budget:
    """What an operator sees."""
    token = issuer.person(organisation=organisation.organisation_id, rights=("operator",))

    async def shown(query: str = "?provider=eaccounting") -> dict[str, Any]:
        answer = await organisation.api("GET", f"/ops/v1/budget{query}", token=token)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    return shown


async def test_a_window_shows_what_is_used_out_and_left(
    organisation: Organisation, database: Database, budget: Budget
) -> None:
    endpoint = f"/{new_id()}"
    await called(organisation, database, 3, endpoint)
    await called(organisation, database, 0, endpoint)
    [window] = [each for each in (await budget())["windows"] if each["scope"].endswith(endpoint)]
    assert (window["window"], window["limit"], window["provider_limit"], window["seconds"]) == (
        "minute",
        540,
        600,
        60,
    )
    assert (window["used"], window["reserved"], window["remaining"]) == (3, 8, 529)
    assert window["resets_at"] is not None


async def test_who_spent_what_is_told_by_hour(
    organisation: Organisation, database: Database, budget: Budget
) -> None:
    await called(organisation, database, 3, "/customers")
    [spent] = [
        each
        for each in (await budget())["spent"]
        if each["administration_id"] == str(organisation.administration_id)
    ]
    assert (spent["organisation_id"], spent["endpoint"], spent["calls"]) == (
        str(organisation.organisation_id),
        "/customers",
        3,
    )
    assert datetime.fromisoformat(spent["hour"]).minute == 0


async def test_the_next_day_is_told_by_minute_and_one_more_office_adds_to_it(
    organisation: Organisation, budget: Budget
) -> None:
    await organisation.deliver(imported(organisation.organisation_id))
    now, then = await budget(), await budget("?provider=eaccounting&add=600")
    assert len(now["forecast"]) == len(then["forecast"]) == 1440
    assert sum(each["calls"] for each in now["forecast"]) > 0
    [added] = then["added"]
    more = sum(b["calls"] - a["calls"] for a, b in zip(now["forecast"], then["forecast"], strict=True))
    assert abs(more - 24 * added["calls_an_hour"]) <= added["calls_an_hour"]
    assert now["added"] == []
    assert all(each["limit"] >= 540 for each in now["forecast"])


async def test_the_next_day_is_not_reckoned_for_whoever_wants_the_windows_alone(
    organisation: Organisation, database: Database, budget: Budget
) -> None:
    endpoint = f"/{new_id()}"
    await called(organisation, database, 1, endpoint)
    shown = await budget("?provider=eaccounting&add=5&forecast=false")
    assert (shown["forecast"], shown["added"]) == ([], [])
    assert [each for each in shown["windows"] if each["scope"].endswith(endpoint)]


async def test_a_provider_that_nobody_knows_has_nothing(budget: Budget) -> None:
    assert not any((await budget("?provider=nobody")).values())


async def test_only_operators_see_it(organisation: Organisation) -> None:
    assert (await organisation.api("GET", "/ops/v1/budget")).status_code == 403


async def test_an_office_without_end_is_refused(organisation: Organisation, issuer: TokenIssuer) -> None:
    token = issuer.person(organisation=organisation.organisation_id, rights=("operator",))
    answer = await organisation.api("GET", "/ops/v1/budget?add=100001", token=token)
    assert answer.status_code == 422
