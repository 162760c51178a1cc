"""A provider that keeps one login a person: the next one replaces it here, or is refused, and nobody learns of others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from koppel.kernel.ids import new_id

from .persons import Person


async def tokens_of(organisation: Any, grant_id: str) -> Any:
    [row] = await organisation.rows("select * from connection_grant where id = $1", UUID(grant_id))
    return row


async def test_a_login_is_shown_with_who_and_how_long(organisation: Any, person: Person) -> None:
    connection_id, _ = await organisation.grant()
    [grant] = (await organisation.get(connection_id))["grants"]
    assert grant["login"] == {"place": "provider.test", "subject": person.subject}
    assert grant["authorized_by"] == str(organisation.user)
    assert set(grant["token"]) == {"expires_at", "dies_at", "refreshed_at"}
    assert grant["token"]["dies_at"] > grant["token"]["expires_at"] > grant["token"]["refreshed_at"]


async def test_the_same_person_again_renews_the_grant_that_has_the_login(
    organisation: Any, person: Person
) -> None:
    connection_id, grant_id = await organisation.grant()
    again = await organisation.again(connection_id)
    assert (await organisation.finish(again))["outcome"] == "authorized"
    [grant] = (await organisation.get(connection_id))["grants"]
    assert grant["id"] == grant_id
    assert (await tokens_of(organisation, grant_id))["token_version"] == 2


async def test_it_does_so_from_another_connection_of_the_organisation_too(
    organisation: Any, person: Person
) -> None:
    connection_id, grant_id = await organisation.grant()
    other = await organisation.connect()
    assert (await organisation.finish(other))["outcome"] == "authorized"
    assert (await organisation.get(other["id"]))["grants"] == []
    assert (await tokens_of(organisation, grant_id))["token_version"] == 2
    assert (await organisation.get(connection_id))["state"] == "active"


async def test_another_person_in_another_organisation_disturbs_nobody(
    organisation: Any, elsewhere: Any, person: Person
) -> None:
    connection_id, _ = await organisation.grant()
    person.subject = str(new_id())
    assert (await elsewhere.finish(await elsewhere.connect()))["outcome"] == "authorized"
    assert (await organisation.get(connection_id))["state"] == "active"


async def test_a_login_whose_grant_was_disconnected_is_free_again(
    organisation: Any, elsewhere: Any, person: Person
) -> None:
    connection_id, _ = await organisation.grant()
    (await organisation.api.delete(f"/v1/connections/{connection_id}")).raise_for_status()
    assert (await elsewhere.finish(await elsewhere.connect()))["outcome"] == "authorized"


async def test_a_grant_is_not_renewed_by_another_person(organisation: Any, person: Person) -> None:
    connection_id, grant_id = await organisation.grant()
    before = await tokens_of(organisation, grant_id)
    again = await organisation.again(connection_id, grant_id=grant_id)
    person.subject = str(new_id())
    back = await organisation.finish(again)
    assert (back["outcome"], back["code"]) == ("failed", "login_mismatch")
    assert (await tokens_of(organisation, grant_id))["access_token"] == before["access_token"]
    assert organisation.provider.revoked == organisation.provider.known_refresh_tokens[1:]


async def test_what_is_stored_of_a_login_tells_nobody_without_the_key(
    organisation: Any, person: Person
) -> None:
    _, grant_id = await organisation.grant()
    row = await tokens_of(organisation, grant_id)
    identity = person.identity()
    assert identity is not None
    assert row["login_hash"] == await organisation.use_cases.ports.fingerprints.of("eaccounting", identity)
    other = replace(identity, place="provider.tes", subject=f"t{person.subject}")
    assert row["login_hash"] != await organisation.use_cases.ports.fingerprints.of("eaccounting", other)
    [key] = await organisation.rows("select sealed from login_key")
    assert len(key["sealed"]) > 32


async def test_a_login_that_is_killed_before_it_is_stored_leaves_tokens_that_are_withdrawn(
    organisation: Any, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    async def killed(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr("connection_svc.application.complete_login.store_grant", killed)
    monkeypatch.setattr("connection_svc.application.complete_login.withdraw_directly", killed)
    started = await organisation.connect()
    with pytest.raises(BaseException):  # noqa: B017  (it dies, whatever the web server makes of that)
        await organisation.finish(started)
    [row] = await organisation.rows(
        "select next_attempt_at, attempts, outcome from provider_revocation where organisation_id = $1",
        organisation.organisation_id,
    )
    assert (row["attempts"], row["outcome"]) == (0, None)
    assert timedelta(0) < row["next_attempt_at"] - organisation.clock.now() <= timedelta(minutes=2)


async def test_a_login_that_is_stored_takes_its_tokens_off_the_list_of_withdrawals(
    organisation: Any, person: Person
) -> None:
    await organisation.grant()
    assert not await organisation.rows(
        "select 1 from provider_revocation where organisation_id = $1", organisation.organisation_id
    )
