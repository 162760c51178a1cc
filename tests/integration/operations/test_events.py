"""Events by cause and by what they are about: for operators across offices, for one's own office without payloads."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from tests.session.apps import MakeApp

from koppel.contracts.event import Event
from koppel.contracts.record import RecordChanged
from koppel.contracts.values import ResourceName
from koppel.kernel.cause import Cause
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.identity import Authenticator, JwksFile
from koppel.platform.operations import ROUTERS, Operations, install
from koppel.platform.outbox import EventLog, search
from koppel.testing.databases import ServiceDatabase
from koppel.testing.organisations import Organisation
from koppel.testing.tokens import TokenIssuer

Json = dict[str, Any]
Caller = Callable[..., httpx.AsyncClient]


@pytest.fixture(scope="module")
def issuer() -> TokenIssuer:
    return TokenIssuer()


@pytest.fixture
async def calling(
    database: Database, issuer: TokenIssuer, tmp_path: Path, make_app: MakeApp
) -> AsyncIterator[Caller]:
    """A client with the token that is given."""
    keys = JwksFile(issuer.write_jwks(tmp_path / "jwks.json"))
    authenticator = Authenticator(issuer.issuer, issuer.audience, keys)
    app = install(make_app("test-svc", ROUTERS, authenticator, None), Operations(database, "test-svc"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:

        def with_token(token: str) -> httpx.AsyncClient:
            client.headers["Authorization"] = f"Bearer {token}"
            return client

        yield with_token


@pytest.fixture
def operator(calling: Caller, issuer: TokenIssuer) -> httpx.AsyncClient:
    return calling(issuer.person(rights=("operator",)))


async def logged(database: Database, *events: Event, cause: Cause | None = None) -> None:
    async with database.system() as connection:
        await EventLog(connection, cause or Cause(new_id(), None, None)).append(*events)


def record(organisation: Organisation, number: int) -> RecordChanged:
    return RecordChanged(
        organisation_id=organisation.organisation_id,
        administration_id=organisation.administration_id,
        resource=ResourceName.CONTACT,
        external_id=f"c{number}",
        revision=1,
        run_id=new_id(),
        changed_at=datetime.now(UTC),
        data={"name": "x"},
    )


async def items(client: httpx.AsyncClient, **query: object) -> list[Json]:
    """Of an operator, unless `path` is another."""
    path = str(query.pop("path", "/ops/v1/events"))
    answer = await client.get(path, params={name.rstrip("_"): str(each) for name, each in query.items()})
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["items"]
    return found


def versions(found: Sequence[Json]) -> list[int]:
    return [each["version"] for each in found]


async def test_events_of_a_conversation_come_oldest_first_with_their_cause(
    operator: httpx.AsyncClient, database: Database
) -> None:
    organisation, cause = Organisation(), Cause(new_id(), new_id(), f"00-{'1' * 32}-{'2' * 16}-01")
    await logged(database, *map(organisation.renamed, "ab"), cause=cause)
    first, second = await items(operator, correlation_id=cause.correlation_id)
    assert versions([first, second]) == [1, 2]
    assert first["causation_id"] == str(cause.causation_id)
    assert first["traceparent"] == cause.traceparent
    assert first["ids"] == {"administration_id": str(organisation.administration_id)}
    assert (first["published"], first["count"], "payload" in first) == (False, 1, False)
    assert versions(await items(operator, causation_id=cause.causation_id)) == [1, 2]


async def test_every_condition_narrows(operator: httpx.AsyncClient, database: Database) -> None:
    organisation, cause = Organisation(), Cause(new_id(), new_id(), None)
    await logged(database, organisation.renamed("a"), organisation.sync_requested("x"), cause=cause)
    own = {"organisation_id": organisation.organisation_id}
    renamed, requested = await items(operator, **own)
    name = "nl.koppel.SyncRequested.v1"
    assert await items(operator, **own, type=name) == [requested]
    assert requested in await items(operator, type=name, from_=requested["at"])
    assert await items(operator, **own, to=renamed["at"]) == []
    assert await items(operator, event_id=renamed["event_id"]) == [renamed]
    assert await items(operator, event_id=renamed["event_id"], type=name) == []
    assert await items(operator, correlation_id=cause.correlation_id, organisation_id=uuid4()) == []


async def test_time_alone_finds_events_of_all_types_in_order(
    operator: httpx.AsyncClient, database: Database
) -> None:
    organisation, began = Organisation(), datetime.now(UTC)
    for event in (organisation.renamed("a"), organisation.sync_requested("x"), organisation.renamed("b")):
        await logged(database, event)
    found = await items(operator, from_=began.isoformat())
    assert [each["type"].split(".")[2] for each in found] == [
        "AdministrationRenamed",
        "SyncRequested",
        "AdministrationRenamed",
    ]


async def test_an_administration_has_its_records_with_it(
    operator: httpx.AsyncClient, database: Database
) -> None:
    organisation = Organisation()
    await logged(database, organisation.renamed("a"), record(organisation, 1), record(organisation, 2))
    await logged(database, record(Organisation(), 3))
    found = await items(operator, administration_id=organisation.administration_id)
    assert [each["topic"] for each in found] == ["koppel.administration.v1", *["koppel.record.v1"] * 2]
    changed = {"administration_id": organisation.administration_id, "type": RecordChanged.type_name()}
    assert len(await items(operator, **changed)) == 2


async def test_records_of_one_cause_are_folded(operator: httpx.AsyncClient, database: Database) -> None:
    organisation = Organisation()
    for _ in range(2):
        await logged(
            database,
            organisation.renamed("a"),
            *(record(organisation, number) for number in range(3)),
            cause=Cause(new_id(), new_id(), None),
        )
    found = await items(operator, administration_id=organisation.administration_id, folded=True)
    assert [each["count"] for each in found] == [1, 3, 1, 3]
    assert found[1]["until"] >= found[1]["at"]
    page = (await operator.get(
        "/ops/v1/events",
        params={"administration_id": str(organisation.administration_id), "folded": True, "limit": 2},
    )).json()  # fmt: skip
    rest = await items(
        operator, administration_id=organisation.administration_id, folded=True, cursor=page["next_cursor"]
    )
    assert [*page["items"], *rest] == found


async def test_pages_follow_each_other_without_a_gap(operator: httpx.AsyncClient, database: Database) -> None:
    organisation = Organisation()
    await logged(database, *(organisation.renamed(str(number)) for number in range(5)))
    seen: list[int] = []
    query = {"administration_id": str(organisation.administration_id), "limit": "2"}
    while True:
        page = (await operator.get("/ops/v1/events", params=query)).json()
        seen += versions(page["items"])
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [1, 2, 3, 4, 5]


async def test_payloads_need_their_right_and_are_bounded_by_their_size(
    calling: Caller, issuer: TokenIssuer, database: Database
) -> None:
    organisation = Organisation()
    await logged(database, *(organisation.renamed("x" * 3_000_000) for _ in range(2)))
    query = {"administration_id": str(organisation.administration_id), "payload": "true"}
    refused = await calling(issuer.person(rights=("operator",))).get("/ops/v1/events", params=query)
    assert refused.status_code == 403
    client = calling(issuer.person(rights=("operator", "payload")))
    page = (await client.get("/ops/v1/events", params=query)).json()
    assert versions(page["items"]) == [1]
    assert len(page["items"][0]["payload"]["name"]) == 3_000_000
    rest = (await client.get("/ops/v1/events", params={**query, "cursor": page["next_cursor"]})).json()
    assert (versions(rest["items"]), rest["next_cursor"]) == ([2], None)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "filter_empty"),
        ({"type": "nl.koppel.Nothing.v1"}, "type_unknown"),
        ({"type": "nl.koppel.RecordChanged.v1"}, "administration_required"),
        ({"type": "nl.koppel.RecordChanged.v1", "event_id": str(uuid4())}, "administration_required"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "filter_invalid"),
    ],
)
async def test_filters_that_cannot_be_answered_are_refused(
    operator: httpx.AsyncClient, query: dict[str, str], code: str
) -> None:
    answer = await operator.get("/ops/v1/events", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize(
    "odd",
    [UUID(int=0), UUID(int=2**128 - 1), UUID("ffffffff-ffff-7fff-bfff-ffffffffffff"), uuid4()],
    ids=["nil", "all ones", "the last of version 7", "random"],
)
async def test_an_id_of_nothing_finds_nothing(operator: httpx.AsyncClient, odd: UUID) -> None:
    for name in ("event_id", "correlation_id", "causation_id", "administration_id", "connection_id"):
        assert await items(operator, **{name: odd}) == []


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_the_calendars_ends_are_instants_too(operator: httpx.AsyncClient, instant: str) -> None:
    assert await items(operator, organisation_id=uuid4(), from_=instant) == []
    assert await items(operator, organisation_id=uuid4(), to=instant) == []


async def test_an_office_sees_its_own_events_and_nothing_of_another(
    calling: Caller, issuer: TokenIssuer, database: Database
) -> None:
    organisation = Organisation()
    await logged(database, organisation.renamed("a"), record(organisation, 1))
    about = {"administration_id": organisation.administration_id}
    own = calling(issuer.person(organisation=organisation.organisation_id))
    found = await items(own, path="/v1/events", **about, payload="true")
    assert len(found) == 2
    assert [each["payload"] for each in found] == [None, None]
    assert await items(own, path="/v1/events", **about, to=found[0]["at"]) == []
    assert await items(calling(issuer.person()), path="/v1/events", **about) == []
    for query in ({}, {"from": "2026-01-01T00:00:00Z"}):
        answer = await own.get("/v1/events", params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "filter_empty")
    assert (await own.get("/ops/v1/events", params={"event_id": str(uuid4())})).status_code == 403


async def test_who_reads_of_another_organisation_leaves_one_row(
    operator: httpx.AsyncClient, database: Database
) -> None:
    organisation = Organisation()
    await logged(database, organisation.renamed("a"))
    for _ in range(2):
        await items(operator, administration_id=organisation.administration_id)
    about = {"organisation_id": str(organisation.organisation_id)}
    audit = (await operator.get("/ops/v1/audit", params=about)).json()["items"]
    assert [(row["action"], row["target"]) for row in audit] == [("organisation.read", "/ops/v1/events")]


async def test_an_answer_says_since_when_the_log_is_whole(
    operator: httpx.AsyncClient, schema: ServiceDatabase
) -> None:
    """A day that is kept by itself, until Kafka has its last event, is no beginning."""
    owner = await asyncpg.connect(schema.owner_dsn)
    alone = "partition of event_log for values from ('2026-01-01') to ('2026-01-02')"
    await owner.execute(f"set search_path = {schema.schema}; create table event_log_20260101 {alone}")
    await owner.close()
    answer = (await operator.get("/ops/v1/events", params={"event_id": str(new_id())})).json()
    begins = datetime.fromisoformat(answer["log_begins_at"])
    assert begins.date() == datetime.now(UTC).date() - timedelta(days=1)


async def test_a_search_that_takes_too_long_is_ended_and_says_so(
    operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_AT_MOST", "1ms")
    answer = await operator.get("/ops/v1/events", params={"administration_id": str(uuid4()), "folded": True})
    assert (answer.status_code, answer.json()["code"]) == (422, "filter_too_wide")
