"""The browser comes back from the page that makes keys, before the provider's notice or after it."""

import asyncio
from datetime import timedelta
from typing import Any

from connection_svc.application.expire_logins import expire_logins
from connection_svc.application.finish_activation import finish_activation
from connection_svc.domain.login import BrowserBinding, Callback
from koppel.testing.eventually import eventually

from .keys import KEY, Activation, Keys


def told(activation: Activation, **more: str) -> dict[str, str]:
    return {"tab": "connections", "connection_id": activation.id} | more


async def test_a_browser_after_the_notice_goes_on_with_its_outcome(
    activation: Activation, organisation: Any
) -> None:
    await activation.tell("Create")
    assert await organisation.come_back(activation.back) == told(activation, outcome="authorized")


async def test_a_browser_before_the_notice_waits_for_it(activation: Activation, organisation: Any) -> None:
    browser = asyncio.create_task(organisation.come_back(activation.back))

    async def it_waits() -> bool:
        return bool(
            await organisation.rows(
                "select 1 from login_round where connection_id = $1 and consumed_at is not null",
                activation.id,
            )
        )

    await eventually(it_waits)
    await activation.tell("Create")
    assert await browser == told(activation, outcome="authorized")
    assert (await activation.shown())["state"] == "active"


async def test_a_notice_that_does_not_come_is_said_and_still_counts_when_it_does(
    activation: Activation, organisation: Any
) -> None:
    cookies = {cookie.name: str(cookie.value) for cookie in organisation.api.cookies.jar}
    callback = Callback(
        provider="snelstart", state=activation.reference, code=None, error=None, issuer=None, cookies=cookies
    )
    result = await finish_activation(
        organisation.use_cases.ports, callback, BrowserBinding.REQUIRED, patience=timedelta(0)
    )
    assert (result.ending.outcome, result.ending.code) == ("failed", "key_awaited")
    await activation.tell("Create")
    assert (await activation.shown())["state"] == "active"


async def test_a_key_whose_browser_never_comes_back_is_kept_and_used(
    activation: Activation, organisation: Any
) -> None:
    """Who closes the provider's page has made the key: it works without the return, also when the round's time is over."""
    await activation.tell("Create")
    organisation.clock.move(minutes=15)
    await expire_logins(organisation.use_cases.ports)
    shown = await activation.shown()
    assert (shown["state"], [each["state"] for each in shown["grants"]]) == ("active", ["active"])
    assert (await organisation.issue_token(shown["grants"][0]["id"])).status_code == 200
    names = [name for name, _ in await organisation.events(activation.id)]
    assert names == ["ConnectionCreated", "ConnectionAuthorized"]


async def test_a_browser_that_did_not_begin_it_is_refused_and_the_key_is_given_up(
    activation: Activation, organisation: Any, keys: Keys
) -> None:
    """Somebody was made to click the link: it is their key."""
    await activation.tell("Create")
    async with organisation.client() as stranger:
        seen = await organisation.come_back(activation.back, browser=stranger)
    assert seen == told(activation, outcome="failed", code="browser_mismatch")
    shown = await activation.shown()
    assert (shown["state"], shown["health"]["reason"]) == ("reauthorization_required", "browser_mismatch")
    assert (await organisation.issue_token(shown["grants"][0]["id"])).status_code == 409
    keys.opens["second"] = "acme"
    await activation.tell("Regenerate", key="second")
    assert (await activation.shown())["state"] == "reauthorization_required"


async def test_a_key_of_a_browser_that_did_not_begin_it_is_not_taken_when_it_comes_later(
    activation: Activation, organisation: Any, keys: Keys
) -> None:
    async with organisation.client() as stranger:
        await organisation.come_back(activation.back, browser=stranger)
    await activation.tell("Create")
    assert ((await activation.shown())["state"], keys.calls) == ("pending", [])


async def test_a_key_of_another_company_than_before_is_told_at_the_return(
    activation: Activation, organisation: Any, keys: Keys
) -> None:
    await activation.tell("Create")
    [grant] = (await activation.shown())["grants"]
    again = Activation(
        organisation, {"id": activation.id, **await organisation.again(activation.id, grant_id=grant["id"])}
    )
    keys.opens = {KEY: "acme", "other": "zeta"}
    await again.tell("Create", key="other")
    assert await organisation.come_back(again.back) == told(
        activation, outcome="failed", code="company_mismatch"
    )
    assert [one["company"]["external_id"] for one in (await activation.shown())["grants"]] == ["acme"]


async def test_a_return_counts_once(activation: Activation, organisation: Any) -> None:
    await activation.tell("Create")
    await organisation.come_back(activation.back)
    again = await organisation.api.get(activation.back)
    assert (again.status_code, again.json()["code"]) == (400, "state_already_used")
    other = await organisation.api.get(activation.back + "x")
    assert (other.status_code, other.json()["code"]) == (400, "state_unknown")
