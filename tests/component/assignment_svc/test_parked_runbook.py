"""docs/runbooks/parked-events.md from end to end: its commands, against the real application and its handlers."""

import asyncio
import json
import re
import shlex
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from fastapi import FastAPI

from assignment_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from assignment_svc.entrypoints.events import subscriptions
from assignment_svc.entrypoints.http.ports import install as install_ports
from assignment_svc.main import NAME, ROUTERS
from koppel.contracts.administration import AdministrationImported
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform import operations
from koppel.platform.consumer.inbox import Inbox
from koppel.platform.consumer.retry import Retry
from koppel.platform.database import Database
from koppel.platform.health import Health
from koppel.platform.http import create_app
from koppel.platform.identity import Authenticator, JwksFile
from koppel.platform.runner import HttpPart
from koppel.testing.administrations import imported, renamed
from koppel.testing.databases import ServiceDatabase
from koppel.testing.deliveries import delivery
from koppel.testing.tokens import TokenIssuer
from koppel_cli.main import main

RUNBOOK = Path(__file__).parents[3] / "docs/runbooks/parked-events.md"
TOPIC = AdministrationImported.topic.name
BREAK = """
create function assignment.break() returns trigger language plpgsql as
$$ begin raise exception 'broken'; end $$;
create trigger broken before insert on assignment.administration for each row
execute function assignment.break()
"""
MEND = "drop function if exists assignment.break() cascade"


class ADefect:
    """Three administrations whose handler fails, each with followers; and the terminal of an operator."""

    def __init__(
        self, database: Database, schema: ServiceDatabase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.database = database
        self.user = new_id()
        self._schema = schema
        self._capsys = capsys
        self._hearing = subscriptions(PostgresUnitOfWork(database).opened)
        self.streams = [imported(new_id()) for _ in range(3)]

    async def happen(self) -> None:
        await self._execute(BREAK)
        inbox = Inbox(self.database, self._hearing, RetryPolicy())
        for event in self.streams:
            await inbox.apply(
                [
                    delivery(event, 1, self._hearing),
                    *(
                        delivery(renamed(event, f"Naam {version}"), version, self._hearing)
                        for version in (2, 3)
                    ),
                ]
            )

    async def mend(self) -> None:
        await self._execute(MEND)

    async def retry_round(self) -> None:
        await Retry(self.database, self._hearing, RetryPolicy()).run_due()

    async def type(self, *arguments: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main, [*arguments])
        printed = self._capsys.readouterr()
        return code, printed.out, printed.err

    async def audit(self) -> list[asyncpg.Record]:
        async with self.database.system() as connection:
            return await connection.fetch(
                "select * from audit_entry where actor = $1 order by id", f"person:{self.user}"
            )

    async def names(self) -> list[str]:
        async with self.database.system() as connection:
            rows = await connection.fetch(
                "select name from administration where id = any($1)",
                [event.administration_id for event in self.streams],
            )
        return [row["name"] for row in rows]

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._schema.admin_dsn)
        await connection.execute(statement)
        await connection.close()


@pytest.fixture
async def defect(
    database: Database,
    schema: ServiceDatabase,
    issuer: TokenIssuer,
    key_set: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[ADefect]:
    app = _app(database, Authenticator(issuer.issuer, issuer.audience, JwksFile(key_set)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    http = HttpPart(app, "127.0.0.1", port)
    await http.start()
    it = ADefect(database, schema, capsys)
    monkeypatch.setenv("KOPPEL_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("KOPPEL_ASSIGNMENT_SVC_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("KOPPEL_TOKEN", issuer.person(user=it.user, rights=("operator",)))
    await it.happen()
    yield it
    await it.mend()
    async with database.system() as connection:
        await connection.execute("delete from parked_event")
        await connection.execute("delete from held_event")
    await http.stop()


def _app(database: Database, authenticator: Authenticator) -> FastAPI:
    app = create_app(
        NAME,
        version="0",
        routers=[*ROUTERS, *operations.ROUTERS],
        authenticator=authenticator,
        health=Health(),
    )
    ops = operations.Operations(database, NAME)
    ops.consumes(subscriptions(PostgresUnitOfWork(database).opened), RetryPolicy())
    return operations.install(install_ports(app, PostgresUnitOfWork(database)), ops)


async def test_a_defect_is_seen_mended_checked_and_retried(defect: ADefect) -> None:
    code, out, _ = await defect.type("parked", "causes", "--json")
    (cause,) = json.loads(out)
    assert (code, cause["class"], cause["code"]) == (0, "permanent", "handler_failed")
    assert (cause["events"], cause["keys"], cause["topic"]) == (3, 3, TOPIC)

    code, out, _ = await defect.type("parked", "check", "--cause", "handler_failed", "--json")
    assert (code, [each["outcome"] for each in json.loads(out)]) == (1, ["fails"] * 3)
    code, _, err = await defect.type(
        "parked", "retry", "--cause", "handler_failed", "--only-passing", "--reason", "x"
    )
    assert (code, await defect.audit()) == (1, [])
    assert "none of them would pass" in err

    await defect.mend()
    code, out, _ = await defect.type("parked", "check", "--cause", "handler_failed", "--json")
    assert code == 0
    told = [(v["outcome"], v["followers_passing"], v["followers_held"]) for v in json.loads(out)]
    assert told == [("passes", 2, 2)] * 3
    await defect.retry_round()
    assert await defect.names() == []  # nobody asked yet

    code, out, _ = await defect.type(
        "parked", "retry", "--cause", "handler_failed", "--only-passing", "--reason", "mended"
    )
    assert (code, out) == (0, f"{NAME}: 3 due now\n")
    await defect.retry_round()
    assert await defect.names() == ["Naam 3"] * 3
    (entry,) = await defect.audit()
    assert (entry["action"], entry["reason"]) == ("parked_events.retried", "mended")
    assert (await defect.type("parked", "causes"))[1] == "nothing is parked\n"
    code, out, _ = await defect.type("stream", TOPIC, str(defect.streams[0].administration_id))
    assert (code, out.splitlines()[-1].split()) == (0, [NAME, "3", "0", "-"])


def _commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("command", _commands())
@pytest.mark.parametrize("mended", [True, False])
async def test_the_runbooks_commands_do_what_it_says(defect: ADefect, command: str, mended: bool) -> None:
    if mended:
        await defect.mend()
    code, out, _ = await defect.type("parked", "list", "--json")
    (event,) = (e for e in json.loads(out) if e["key"] == str(defect.streams[1].administration_id))
    filled = command.replace("PARKED-ID", event["id"]).replace("CODE", "handler_failed")
    filled = filled.replace("TOPIC", event["topic"]).replace("KEY", event["key"])
    program, *arguments = shlex.split(filled)
    assert program == "koppel"
    code, out, err = await defect.type(*arguments)
    failing = not mended and {"check", "--only-passing"} & set(arguments)
    assert code == (1 if failing else 0), err
    assert out or failing


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["parked", "show", str(new_id())], "koppel parked list"),
        (["parked", "discard", str(new_id()), "--reason", "x"], "koppel parked list"),
        (["parked", "retry"], "koppel parked causes"),
        (["parked", "retry", "--cause", "x"], "--reason"),
        (["parked", "list", "--service", "mail-svc"], "sync-svc"),
        (["stream", TOPIC, "nothing"], "docs/events"),
    ],
)
async def test_a_failure_is_one_line_and_a_hint(defect: ADefect, arguments: list[str], hint: str) -> None:
    code, out, err = await defect.type(*arguments)
    error, advice = err.splitlines()
    assert (code, out, error.startswith("error: ")) == (1, "", True)
    assert advice.startswith("hint: ")
    assert hint in advice


async def test_a_service_that_is_away_and_a_token_that_does_not_hold(
    defect: ADefect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOPPEL_TOKEN", "x")
    code, _, err = await defect.type("parked", "causes")
    assert (code, "401" in err, "KOPPEL_TOKEN" in err) == (1, True, True)
    monkeypatch.setenv("KOPPEL_ASSIGNMENT_SVC_URL", "http://127.0.0.1:1")
    code, _, err = await defect.type("parked", "causes")
    assert (code, "does not answer" in err, "KOPPEL_ASSIGNMENT_SVC_URL" in err) == (1, True, True)
