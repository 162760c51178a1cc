"""One real organisation that connected, imported and synchronised; then ten thousand administrations that stand as its own do.

The others are copies of rows, in each service's schema: a list does not ask how its rows came to be. Each has a name, a number and
a company of its own; nothing of them is due, so that the services have no other work while screens are measured.
"""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaProducer
from tests.bench.organisation import Organisation
from tests.bench.stage import Json, Stage, answered, new_world

from koppel.kernel.ids import new_id
from koppel_identity.claims import OPERATOR_RIGHTS

TOPIC = "koppel.administration.v1"
_COMPANIES = 5
_AN_ORGANISATION = 50
"""Administrations of each further organisation."""
_POLL = 0.1
_ID = "('0198c0de-0000-7000-{kind}-' || lpad(to_hex(n), 12, '0'))::uuid"
_COPY = """
insert into {table}
select made.* from (select one from {table} one where organisation_id = $1 limit 1) picked, generate_series(1, $2::int) n,
    jsonb_populate_record(picked.one, jsonb_build_object(
        'organisation_id', case when n <= $3::int then $1::uuid else {organisation} end, {changed})) made
"""
_AN_IMPORT = 300
"""Administrations of one import; all others are of another."""
_SESSION = f"""case when n <= {_AN_IMPORT - _COMPANIES} then (picked.one).import_session_id else
    (select id from import.import_session where organisation_id = $1 and state = 'selecting' limit 1) end"""
_TABLES: dict[str, dict[str, str]] = {
    "connection.connection": {"id": _ID.format(kind="c000"), "name": "'Verbinding ' || n"},
    "import.administration": {
        "id": _ID.format(kind="a000"),
        "name": "'Bedrijf ' || n",
        "external_id": "'x' || n",
        "kvk_number": "lpad(n::text, 8, '0')",
        "no_kvk_reason": "null",
        "import_session_id": _SESSION,
    },
    "assignment.administration": {"id": _ID.format(kind="a000"), "name": "'Bedrijf ' || n"},
    "assignment.assignment": {"administration_id": _ID.format(kind="a000")},
    "sync.administration": {
        "administration_id": _ID.format(kind="a000"),
        "name": "'Bedrijf ' || n",
        "external_id": "'x' || n",
    },
    "sync.sync_policy": {
        "administration_id": _ID.format(kind="a000"),
        "next_due_at": "now() + interval '1 day'",
        "next_sweep_at": "now() + interval '1 day'",
    },
    "sync.sync_run": {"run_id": _ID.format(kind="b000"), "administration_id": _ID.format(kind="a000")},
}


@dataclass(frozen=True, slots=True)
class Made:
    """Tokens of a beheerder of the large organisation and of an operator; `things` are ids of what screens show."""

    beheerder: str
    operator: str
    things: dict[str, str]


async def make_organisations(stage: Stage, administrations: int, further: int) -> Made:
    """The large organisation with that many administrations, and others that have `further` together."""
    companies = await new_world(stage.sandbox, companies=_COMPANIES, contacts=200)
    async with Organisation(stage) as organisation:
        things = await _work(organisation, companies)
        own, user = organisation.organisation_id, organisation.beheerder
    await _copy(stage, own, administrations, further)
    operator = stage.issuer.person_token(
        user=new_id(), organisation=own, roles=[], rights=[*OPERATOR_RIGHTS, "payload"]
    )
    things |= await _operate(stage, operator, things["administration"])
    return Made(stage.person_token(user, own), operator, things)


async def _work(organisation: Organisation, companies: list[str]) -> dict[str, str]:
    """What a beheerder does; until the first sync of each is over."""
    await answered(
        organisation.assignments.put(f"/v1/divisions/{(division := new_id())}", json={"name": "MKB"})
    )
    connection = await organisation.connect(companies)
    session = await organisation.discover(connection)
    await organisation.complete(session)
    administrations = await organisation.confirm(session)
    await organisation.await_assigned(len(administrations))
    wish = {"administration_ids": administrations, "set": {"division_id": str(division)}}
    plan = await answered(organisation.assignments.post("/v1/assignment-plans", json=wish))
    runs: list[Json] = []
    while len(runs) < len(administrations):
        await asyncio.sleep(_POLL)
        runs = (await answered(organisation.syncs.get("/v1/sync-runs?state=finished")))["items"]
    return {
        "connection": connection,
        "session": await organisation.discover(connection),
        "imported": session,
        "plan": plan["id"],
        "administration": administrations[0],
        "run": runs[0]["id"],
    }


async def _copy(stage: Stage, own: UUID, administrations: int, further: int) -> None:
    database = await stage.database()
    try:
        for table, changed in _TABLES.items():
            count, mine = administrations + further, administrations
            if table == "connection.connection":
                count, mine = 20 + further // _AN_ORGANISATION, 20
            await _copies(database, table, changed, own, count, mine)
            await database.execute(f"vacuum analyze {table}")
    finally:
        await database.close()


async def _copies(
    database: "asyncpg.Connection[Any]", table: str, changed: dict[str, str], own: UUID, count: int, mine: int
) -> None:
    organisation = f"('0198c0de-0000-7000-d000-' || lpad(to_hex(n / {_AN_ORGANISATION}), 12, '0'))::uuid"
    pairs = ", ".join(f"'{name}', {value}" for name, value in changed.items())
    await database.execute(
        _COPY.format(table=table, organisation=organisation, changed=pairs), own, count, mine
    )


async def _operate(stage: Stage, operator: str, administration: str) -> dict[str, str]:
    """A parked event, a release of it, a replay that is planned."""
    await _poison(stage)
    reason = {"reason": "measured"}
    async with stage.client("sync-svc", operator) as syncs, stage.client("import-svc", operator) as imports:
        parked: list[Json] = []
        while not parked:
            await asyncio.sleep(_POLL)
            parked = (await answered(syncs.get("/ops/v1/parked")))["items"]
        retried = {**reason, "ids": [parked[0]["id"]]}
        release = await answered(syncs.post("/ops/v1/parked/retry", json=retried))
        wish = {
            **reason,
            "filter": {"administration_ids": [administration]},
            "target": "all",
            "mode": "repair",
        }
        replay = await answered(imports.post("/ops/v1/replays", json=wish))
        while replay["state"] == "planning":
            await asyncio.sleep(_POLL)
            replay = await answered(imports.get(f"/ops/v1/replays/{replay['id']}"))
    return {
        "topic": TOPIC,
        "parked": parked[0]["id"],
        "code": parked[0]["cause"]["code"],
        "release": release["release_id"],
        "replay": replay["id"],
    }


async def _poison(stage: Stage) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=stage.kafka)
    await producer.start()
    try:
        for _ in range(20):
            await producer.send_and_wait(TOPIC, b"no event", key=str(new_id()).encode())
    finally:
        await producer.stop()
