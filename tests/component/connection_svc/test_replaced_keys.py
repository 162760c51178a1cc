"""Notices of a key that is in use: it is made anew or deleted, and what is told late or of another company changes nothing."""

from typing import Any

import httpx

from connection_svc.application.expire_logins import expire_logins

from .keys import KEY, Activation, Keys


async def test_a_key_that_is_made_anew_takes_the_place_of_the_old(
    activation: Activation, keys: Keys, organisation: Any
) -> None:
    await activation.tell("Create")
    keys.opens = {"second": "acme", "other": "zeta"}
    await activation.tell("Regenerate", key="other")
    await activation.tell("Regenerate", key="second")
    [grant] = (await activation.shown())["grants"]
    organisation.clock.move(hours=1)
    assert (await organisation.issue_token(grant["id"])).status_code == 200
    assert keys.calls[-1] == "second"


async def test_a_key_that_was_deleted_needs_a_person_and_a_former_one_hurts_nobody(
    activation: Activation, keys: Keys
) -> None:
    await activation.tell("Create")
    await activation.tell("Delete", key="former")
    assert (await activation.shown())["state"] == "active"
    keys.opens = {}
    await activation.tell("Delete")
    shown = await activation.becomes("reauthorization_required")
    assert shown["health"]["reason"] == "grant_invalid"
    keys.opens = {"second": "acme"}
    await activation.tell("Regenerate", key="second")
    await activation.becomes("active")


async def test_keys_are_replaced_and_deleted_long_after_the_login_round_is_forgotten(
    activation: Activation, keys: Keys, organisation: Any
) -> None:
    await activation.tell("Create")
    organisation.clock.move(days=30)
    await expire_logins(organisation.use_cases.ports)
    assert not await organisation.rows(
        "select 1 from login_round where organisation_id = $1", organisation.organisation_id
    )
    keys.opens = {"second": "acme"}
    await activation.tell("Regenerate", key="second")
    [grant] = (await activation.shown())["grants"]
    assert (await organisation.issue_token(grant["id"])).status_code == 200
    assert keys.calls == [KEY, "second"]
    keys.opens = {}
    await activation.tell("Delete", key="second")
    await activation.becomes("reauthorization_required")


async def test_a_replaced_key_that_opens_another_company_changes_nothing_and_leaves_a_trace(
    activation: Activation, keys: Keys, organisation: Any
) -> None:
    await activation.tell("Create")
    keys.opens |= {"other": "zeta"}
    await activation.tell("Regenerate", key="other")
    assert [one["company"]["external_id"] for one in (await activation.shown())["grants"]] == ["acme"]
    assert (await activation.outcomes())[-1] == ("replaced", "company_mismatch", False)
    [row] = await organisation.rows(
        "select reason from audit_entry where organisation_id = $1 and action = 'key_notice.refused'",
        organisation.organisation_id,
    )
    assert row["reason"] == "company_mismatch"


async def test_of_two_replaced_keys_the_one_that_was_told_last_stays(
    activation: Activation, keys: Keys, organisation: Any
) -> None:
    await activation.tell("Create")
    keys.fault = httpx.Response(503)
    await activation.tell("Regenerate", key="second")
    keys.fault, keys.opens = None, {"second": "acme", "third": "acme"}
    await activation.tell("Regenerate", key="third")
    await activation.check_again(minutes=5)
    assert [outcome for _, outcome, _ in await activation.outcomes()] == ["followed", "overtaken", "followed"]
    organisation.clock.move(hours=1)
    [grant] = (await activation.shown())["grants"]
    await organisation.issue_token(grant["id"])
    assert keys.calls[-1] == "third"


async def test_a_notice_for_a_connection_that_is_gone_does_nothing(
    activation: Activation, keys: Keys, organisation: Any
) -> None:
    await activation.tell("Create")
    await organisation.api.delete(f"/v1/connections/{activation.id}")
    keys.opens = {"second": "acme"}
    await activation.tell("Regenerate", key="second")
    await activation.tell("Delete")
    assert keys.calls == [KEY]
