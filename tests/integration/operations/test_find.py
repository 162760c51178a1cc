"""What an id is: all that it is here, and nothing where it is nothing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.session.apps import MakeApp

from koppel.kernel.cause import Cause
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.identity import Authenticator, JwksFile
from koppel.platform.kinds import Kind
from koppel.platform.operations import ROUTERS, Operations, install
from koppel.platform.outbox import EventLog
from koppel.testing.organisations import Organisation
from koppel.testing.tokens import TokenIssuer

THING = Kind(
    "thing",
    "select id, organisation_id, type from parked_event where id = $1",
    "koppel things {id} --type {type}",
)
PARK = """
insert into parked_event (id, consumer, topic, partition, "offset", key, event_id, type, organisation_id, raw_headers,
                          cause_class, cause_code, cause_detail)
values ($1, 'test', 'topic', 0, $2, 'key', $3, 'kind', $4, '[]', 'permanent', 'code', 'detail')
"""


@pytest.fixture(scope="module")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture
async def client(
    database: Database, issuer: TokenIssuer, tmp_path: Path, make_app: MakeApp
) -> AsyncIterator[httpx.AsyncClient]:
    """An operator's."""
    keys = JwksFile(issuer.write_jwks(tmp_path / "jwks.json"))
    authenticator = Authenticator(issuer.issuer, issuer.audience, keys)
    app = make_app("test-svc", ROUTERS, authenticator, None)
    operations = Operations(database, "test-svc")
    operations.kinds = (THING,)
    transport = httpx.ASGITransport(install(app, operations))
    headers = {"Authorization": f"Bearer {issuer.person(rights=('operator',))}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        yield client


async def found(client: httpx.AsyncClient, identifier: object) -> list[dict[str, Any]]:
    answer = await client.get(f"/ops/v1/find/{identifier}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def logged(database: Database, cause: Cause) -> UUID:
    """The id of one event."""
    organisation = Organisation()
    async with database.system() as connection:
        await EventLog(connection, cause).append(organisation.renamed("a"))
        identifier: UUID = await connection.fetchval(
            "select event_id from event_log order by seq desc limit 1"
        )
        return identifier


async def test_an_id_can_be_several_things_at_once(client: httpx.AsyncClient, database: Database) -> None:
    event = await logged(database, Cause(new_id(), None, None))
    await logged(database, Cause(event, event, None))
    organisation, other = new_id(), new_id()
    async with database.system() as connection:
        await connection.execute(PARK, event, 1, None, organisation)
        await connection.execute(PARK, other, 2, str(event), organisation)
    told = {(each["kind"], each["command"]) for each in await found(client, event)}
    assert told == {
        ("event", f"koppel events --event-id {event}"),
        ("correlation", f"koppel events --correlation-id {event}"),
        ("cause", f"koppel events --causation-id {event}"),
        ("parked", f"koppel parked show {event}"),
        ("parked", f"koppel parked show {other}"),
        ("thing", f"koppel things {event} --type kind"),
    }


@pytest.mark.parametrize("identifier", [UUID(int=0), UUID(int=2**128 - 1), uuid4(), new_id()])
async def test_an_id_of_nothing_is_nothing(client: httpx.AsyncClient, identifier: UUID) -> None:
    assert await found(client, identifier) == []


@pytest.mark.parametrize("text", ["x", "0198c0de", "%00", "1" * 5_000])
async def test_what_is_no_id_is_refused(client: httpx.AsyncClient, text: str) -> None:
    assert (await client.get(f"/ops/v1/find/{text}")).status_code == 422


async def test_only_an_operator_may_ask(client: httpx.AsyncClient, issuer: TokenIssuer) -> None:
    token = {"Authorization": f"Bearer {issuer.person(rights=('replay', 'payload'))}"}
    assert (await client.get(f"/ops/v1/find/{new_id()}", headers=token)).status_code == 403


async def test_what_was_found_of_another_organisation_leaves_one_row(
    client: httpx.AsyncClient, database: Database
) -> None:
    event = await logged(database, Cause(new_id(), None, None))
    for _ in range(2):
        [thing] = await found(client, event)
    query = {"organisation_id": thing["organisation_id"]}
    audit = (await client.get("/ops/v1/audit", params=query)).json()["items"]
    assert [row["target"] for row in audit] == ["/ops/v1/find/{id}"]
