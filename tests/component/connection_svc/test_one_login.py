"""A package that keeps one login a person: the next one replaces it here, or is refused, and nobody learns of others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from koppel.kernel.ids import new_id

from .persons import Person


async def tokens_of(office: Any, grant_id: str) -> Any:
    [row] = await office.rows("select * from connection_grant where id = $1", UUID(grant_id))
    return row


async def test_a_login_is_shown_with_who_and_how_long(office: Any, person: Person) -> None:
    connection_id, _ = await office.grant()
    [grant] = (await office.get(connection_id))["grants"]
    assert grant["login"] == {"place": "package.test", "subject": person.subject}
    assert grant["authorized_by"] == str(office.user)
    assert set(grant["token"]) == {"expires_at", "dies_at", "refreshed_at"}
    assert grant["token"]["dies_at"] > grant["token"]["expires_at"] > grant["token"]["refreshed_at"]


async def test_the_same_person_again_renews_the_grant_that_has_the_login(office: Any, person: Person) -> None:
    connection_id, grant_id = await office.grant()
    again = await office.again(connection_id)
    assert (await office.finish(again))["outcome"] == "authorized"
    [grant] = (await office.get(connection_id))["grants"]
    assert grant["id"] == grant_id
    assert (await tokens_of(office, grant_id))["token_version"] == 2


async def test_it_does_so_from_another_connection_of_the_organisation_too(
    office: Any, person: Person
) -> None:
    connection_id, grant_id = await office.grant()
    other = await office.connect()
    assert (await office.finish(other))["outcome"] == "authorized"
    assert (await office.get(other["id"]))["grants"] == []
    assert (await tokens_of(office, grant_id))["token_version"] == 2
    assert (await office.get(connection_id))["state"] == "active"


async def test_another_person_in_another_organisation_disturbs_nobody(
    office: Any, elsewhere: Any, person: Person
) -> None:
    connection_id, _ = await office.grant()
    person.subject = str(new_id())
    assert (await elsewhere.finish(await elsewhere.connect()))["outcome"] == "authorized"
    assert (await office.get(connection_id))["state"] == "active"


async def test_a_login_whose_grant_was_disconnected_is_free_again(
    office: Any, elsewhere: Any, person: Person
) -> None:
    connection_id, _ = await office.grant()
    (await office.api.delete(f"/v1/connections/{connection_id}")).raise_for_status()
    assert (await elsewhere.finish(await elsewhere.connect()))["outcome"] == "authorized"


async def test_a_grant_is_not_renewed_by_another_person(office: Any, person: Person) -> None:
    connection_id, grant_id = await office.grant()
    before = await tokens_of(office, grant_id)
    again = await office.again(connection_id, grant_id=grant_id)
    person.subject = str(new_id())
    back = await office.finish(again)
    assert (back["outcome"], back["code"]) == ("failed", "login_mismatch")
    assert (await tokens_of(office, grant_id))["access_token"] == before["access_token"]
    assert office.package.revoked == office.package.known_refresh_tokens[1:]


async def test_what_is_stored_of_a_login_tells_nobody_without_the_key(office: Any, person: Person) -> None:
    _, grant_id = await office.grant()
    row = await tokens_of(office, grant_id)
    identity = person.identity()
    assert identity is not None
    assert row["login_hash"] == await office.use_cases.ports.fingerprints.of("eaccounting", identity)
    other = replace(identity, place="package.tes", subject=f"t{person.subject}")
    assert row["login_hash"] != await office.use_cases.ports.fingerprints.of("eaccounting", other)
    [key] = await office.rows("select sealed from login_key")
    assert len(key["sealed"]) > 32


async def test_a_login_that_is_killed_before_it_is_stored_leaves_tokens_that_are_withdrawn(
    office: Any, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    async def killed(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr("connection_svc.application.complete_login.store_grant", killed)
    monkeypatch.setattr("connection_svc.application.complete_login.withdraw_directly", killed)
    started = await office.connect()
    with pytest.raises(BaseException):  # noqa: B017  (it dies, whatever the web server makes of that)
        await office.finish(started)
    [row] = await office.rows(
        "select next_attempt_at, attempts, outcome from provider_revocation where organisation_id = $1",
        office.organisation,
    )
    assert (row["attempts"], row["outcome"]) == (0, None)
    assert timedelta(0) < row["next_attempt_at"] - office.clock.now() <= timedelta(minutes=2)


async def test_a_login_that_is_stored_takes_its_tokens_off_the_list_of_withdrawals(
    office: Any, person: Person
) -> None:
    await office.grant()
    assert not await office.rows(
        "select 1 from provider_revocation where organisation_id = $1", office.organisation
    )
