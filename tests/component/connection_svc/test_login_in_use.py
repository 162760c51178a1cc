"""The person has a login in another office: it is refused there, and the tokens that it ended are replaced or missed."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from connection_svc.adapters.provider_calls import PermittedCalls
from koppel.kernel.errors import Transient

from .persons import Person, serve
from .test_one_login import tokens_of


async def taken(organisation: Any, elsewhere: Any, *served: str) -> tuple[str, str, Any]:
    """A grant of the office, and how the same person's login in the other office ended."""
    connection_id, grant_id = await organisation.grant()
    await serve(organisation, grant_id, *served)
    back = await elsewhere.finish(await elsewhere.connect())
    return connection_id, grant_id, back


async def audits(organisation: Any) -> list[tuple[str, str | None]]:
    rows = await organisation.rows(
        "select action, reason from audit_entry where organisation_id = $1 order by id",
        organisation.organisation_id,
    )
    return [(row["action"], row["reason"]) for row in rows]


async def test_the_new_tokens_go_to_the_grant_whose_administrations_they_reach(
    organisation: Any, elsewhere: Any, person: Person
) -> None:
    person.reaches = {"1", "2", "3"}
    connection_id, grant_id, back = await taken(organisation, elsewhere, "1", "2")
    assert (back["outcome"], back["code"]) == ("failed", "login_in_use")
    issued = (await organisation.issue_token(grant_id)).json()
    assert issued["access_token"] == list(organisation.provider._access_tokens)[-1]
    assert (await organisation.get(connection_id))["state"] == "active"
    assert person.asked[-1] == {"1", "2"}
    assert ("grant.tokens_replaced", "logged_in_again") in await audits(organisation)
    assert ("login.refused", "login_in_use") in await audits(elsewhere)


def dated(name: str, second: int) -> httpx.Response:
    given = {
        "access_token": name,
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": f"{name}-refresh",
    }
    return httpx.Response(200, json=given, headers={"Date": f"Sun, 29 Nov 2026 12:00:{second:02} GMT"})


@pytest.mark.parametrize(("second", "kept"), [(4, "first"), (5, "second"), (6, "second")])
async def test_tokens_that_a_later_login_has_ended_replace_none(
    organisation: Any, elsewhere: Any, person: Person, second: int, kept: str
) -> None:
    """The later login was stored first: what is stored last was given before it, and is dead at the provider."""
    person.reaches = {"1"}
    organisation.provider.faults = [dated("first", 5), dated("second", second)]
    connection_id, grant_id, back = await taken(organisation, elsewhere, "1")
    assert back["code"] == "login_in_use"
    assert (await organisation.issue_token(grant_id)).json()["access_token"] == kept
    assert (await organisation.get(connection_id))["state"] == "active"


async def test_they_replace_none_in_the_same_office_either(organisation: Any, person: Person) -> None:
    organisation.provider.faults = [dated("first", 5), dated("second", 4)]
    _, grant_id = await organisation.grant()
    back = await organisation.finish(await organisation.connect())
    assert (back["outcome"], back["code"]) == ("failed", "authorization_expired")
    assert (await organisation.issue_token(grant_id)).json()["access_token"] == "first"


async def test_its_next_refresh_is_one_of_the_new_chain(
    organisation: Any, elsewhere: Any, person: Person
) -> None:
    _, grant_id, _ = await taken(organisation, elsewhere)
    organisation.clock.move(hours=1)
    assert (await organisation.issue_token(grant_id)).status_code == 200
    assert organisation.provider.calls[-1]["refresh_token"] == organisation.provider.known_refresh_tokens[1]


async def test_tokens_that_live_on_with_the_grant_are_not_withdrawn(
    organisation: Any, elsewhere: Any, person: Person
) -> None:
    await taken(organisation, elsewhere)
    assert organisation.provider.revoked == []
    assert not await organisation.rows(
        "select from provider_revocation where organisation_id = any($1::uuid[])",
        [organisation.organisation_id, elsewhere.organisation_id],
    )


async def test_a_login_that_leaves_one_of_them_out_ends_the_grant_and_is_withdrawn(
    organisation: Any, elsewhere: Any, person: Person
) -> None:
    person.reaches = {"1"}
    connection_id, grant_id, back = await taken(organisation, elsewhere, "1", "2")
    assert back["code"] == "login_in_use"
    assert organisation.provider.revoked == organisation.provider.known_refresh_tokens[1:]
    shown = await organisation.get(connection_id)
    assert (shown["state"], shown["health"]["reason"]) == (
        "reauthorization_required",
        "login_taken_elsewhere",
    )
    name, told = (await organisation.events(connection_id))[-1]
    assert (name, told["reason"]) == ("ConnectionReauthorizationRequired", "login_taken_elsewhere")
    assert ("grant.reauthorization_required", "login_taken_elsewhere") in await audits(organisation)
    assert ("login.refused", "login_in_use") in await audits(elsewhere)
    assert (await tokens_of(organisation, grant_id))["token_version"] == 1


async def test_a_list_of_companies_that_cannot_be_had_ends_it_too(
    organisation: Any, elsewhere: Any, person: Person
) -> None:
    person.fails = Transient("provider_unavailable", "Away.")
    connection_id, _, back = await taken(organisation, elsewhere, "1")
    assert back["code"] == "provider_unavailable"
    assert (await organisation.get(connection_id))["health"]["reason"] == "login_taken_elsewhere"


async def test_a_login_of_which_nothing_else_is_known_ends_it_too(
    organisation: Any, elsewhere: Any, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def company(*_: object) -> None:
        raise Transient("provider_unavailable", "Away.")

    connection_id, _ = await organisation.grant()
    monkeypatch.setattr(PermittedCalls, "company", company)
    await elsewhere.finish(await elsewhere.connect())
    assert (await organisation.get(connection_id))["health"]["reason"] == "login_taken_elsewhere"


async def test_tokens_whose_withdrawal_was_tried_already_are_not_given(
    organisation: Any, elsewhere: Any, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id, _ = await organisation.grant()

    async def tried(*_: object) -> bool:
        return False

    monkeypatch.setattr("connection_svc.adapters.postgres.revocations.PostgresRevocations.take_back", tried)
    await elsewhere.finish(await elsewhere.connect())
    assert (await organisation.get(connection_id))["health"]["reason"] == "login_taken_elsewhere"


async def test_the_same_person_recovers_the_grant_that_was_taken(
    organisation: Any, elsewhere: Any, person: Person
) -> None:
    connection_id, grant_id, _ = await taken(organisation, elsewhere, "1")
    assert (await organisation.get(connection_id))["state"] == "reauthorization_required"
    person.reaches = {"1"}
    again = await organisation.again(connection_id, grant_id=grant_id)
    assert (await organisation.finish(again))["outcome"] == "authorized"
    assert (await organisation.get(connection_id))["state"] == "active"


async def test_a_grant_that_waits_for_its_person_works_again_by_a_login_elsewhere(
    organisation: Any, elsewhere: Any, person: Person
) -> None:
    connection_id, _, _ = await taken(organisation, elsewhere, "1")
    person.reaches = {"1"}
    await elsewhere.finish(await elsewhere.connect())
    assert (await organisation.get(connection_id))["state"] == "active"
    assert [name for name, _ in await organisation.events(connection_id)][-2:] == [
        "ConnectionAuthorized",
        "ConnectionRecovered",
    ]
    _, told = (await organisation.events(connection_id))[-2]
    assert told["authorized_by"] == str(organisation.user)


@pytest.mark.parametrize("reached", [set(), {"1"}], ids=["missed", "replaced"])
async def test_neither_organisation_learns_of_the_other(
    organisation: Any, elsewhere: Any, person: Person, reached: set[str]
) -> None:
    """All that each can read: answers, events, audit rows, and every row of its own."""
    person.reaches = reached
    connection_id, grant_id, back = await taken(organisation, elsewhere, "1")
    ours = {str(organisation.organisation_id), str(organisation.user), connection_id, grant_id}
    theirs = {str(elsewhere.organisation_id), str(elsewhere.user), back["connection_id"]}
    seen_there = [back, await elsewhere.get(back["connection_id"]), await everything_of(elsewhere)]
    seen_here = [await organisation.get(connection_id), await everything_of(organisation)]
    assert not [each for each in ours if each in str(seen_there)]
    assert not [each for each in theirs if each in str(seen_here)]


async def everything_of(organisation: Any) -> list[Any]:
    """Every row of the schema that the organisation may see, by row level security itself."""
    found = []
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        tables = await connection.fetch(
            "select relname from pg_class where relnamespace = 'connection'::regnamespace and relkind in ('r', 'p')"
            " and not relispartition and relrowsecurity"
        )
        for table in tables:
            rows = await connection.fetch(f"select to_jsonb(t) as row from {table['relname']} t")
            found += [row["row"] for row in rows]
    assert len(found) > 4
    return found


async def test_a_person_of_the_same_organisation_who_renews_another_s_grant_keeps_the_own_one(
    organisation: Any, person: Person
) -> None:
    """Refused, since the grant is another person's; the own grant's tokens are dead by then, and the new ones go there."""
    _, own = await organisation.grant()
    own_subject = person.subject
    person.subject = "somebody-else"
    connection_id, others = await organisation.grant()
    person.subject = own_subject
    back = await organisation.finish(await organisation.again(connection_id, grant_id=others))
    assert back["code"] == "login_mismatch"
    assert (await tokens_of(organisation, own))["token_version"] == 2
    assert (await tokens_of(organisation, others))["token_version"] == 1


async def test_a_grant_from_before_logins_were_told_is_not_given_to_who_has_another(
    organisation: Any, person: Person
) -> None:
    own_subject, person.subject = person.subject, None
    connection_id, former = await organisation.grant()
    person.subject = own_subject
    _, own = await organisation.grant()
    back = await organisation.finish(await organisation.again(connection_id, grant_id=former))
    assert back["code"] == "login_mismatch"
    assert (await tokens_of(organisation, own))["token_version"] == 2
    assert UUID(former) != UUID(own)
