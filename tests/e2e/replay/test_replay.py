"""What operators do, on one stack of real processes: docs/runbooks/replay.md, where an event that assignment-svc lost comes
back once, and the stories of docs/operating.md."""

import json
import re
import shlex
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from koppel.contracts.administration import AdministrationImported
from koppel.contracts.event import Event
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.outbox import EventLog
from koppel.platform.replay import ReplayTopics
from koppel.testing.administrations import imported, renamed
from koppel.testing.eventually import eventually
from koppel_local.postgres.databases import Roles, on_database
from koppel_local.process.detached import end_processes
from koppel_local.stack.stack import Stack
from koppel_local.stack.status import StackStatus

pytestmark = pytest.mark.slow
DOCS = Path(__file__).parents[3] / "docs"
RUNBOOK = DOCS / "runbooks/replay.md"
STORIES = (DOCS / "operating.md").read_text("utf-8").partition("\nStories, ")[2].partition("\n## ")[0]
_OF_RENAMES = ("assignment-svc", "nl.koppel.AdministrationRenamed.v1")
Koppel = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass
class Organisation:
    """An administration that assignment-svc knows: imported, then renamed."""

    event: AdministrationImported
    rows: asyncpg.Connection
    kafka: str
    import_svc: str
    """Its database."""

    @property
    def key(self) -> str:
        return str(self.event.administration_id)

    async def name(self) -> str | None:
        """As assignment-svc has it."""
        name: str | None = await self.rows.fetchval(
            "select name from assignment.administration where id = $1", self.event.administration_id
        )
        return name

    async def say(self, *events: Event) -> None:
        """import-svc tells them."""
        log = Database(self.import_svc, "import")
        await log.open()
        async with log.system() as connection:
            await EventLog(connection).append(*events)
        await log.close()

    async def decided(self) -> asyncpg.Record | None:
        """Its assignment."""
        return await self.rows.fetchrow(
            "select * from assignment.assignment where administration_id = $1", self.event.administration_id
        )

    async def lose(self) -> None:
        """Effects and position are gone, as after a restore of an old backup."""
        for table in ("assignment.administration", "assignment.assignment"):
            column = "id" if table.endswith("administration") else "administration_id"
            await self.rows.execute(f"delete from {table} where {column} = $1", self.event.administration_id)
        await self.rows.execute(
            "delete from assignment.consumer_head where topic like '%administration%' and key = $1", self.key
        )


@pytest.fixture
async def organisation(running: StackStatus, state_dir: Path) -> AsyncIterator[Organisation]:
    administrator, kafka = running["postgres"]["dsn"], running["kafka"]["bootstrap_servers"]
    assert administrator
    assert kafka
    rows = await asyncpg.connect(on_database(administrator))
    import_svc = Roles(state_dir).dsn(administrator, "import_app")
    made = Organisation(imported(new_id()), rows, kafka, import_svc)
    await made.say(made.event, renamed(made.event, "Nieuw B.V."))
    await _named(made)
    yield made
    await rows.close()


async def test_the_runbook_brings_a_lost_effect_back_once(koppel: Koppel, organisation: Organisation) -> None:
    await organisation.lose()
    assert await organisation.name() is None

    def run(command: str, code: int = 0, **words: str) -> Any:
        chosen = [words.get(word, word) for word in shlex.split(_command(command))[3:]]
        answer = koppel(*chosen, "--json")
        assert answer.returncode == code, (command, answer.stdout, answer.stderr)
        return json.loads(answer.stdout) if code == 0 else answer.stderr

    plan = run("replay plan --stream", KEY=organisation.key)
    expected = {
        "consumer": "assignment-svc",
        "apply": 2,
        "skip": 0,
        "hold": 0,
        "park": 0,
        "reports": True,
        "estimated": False,
        "changes": [
            {"table": "administration", "inserted": 1, "updated": 1, "deleted": 0},
            {"table": "assignment", "inserted": 1, "updated": 0, "deleted": 0},
        ],
        "appends": [{"type": "nl.koppel.AdministrationAssigned.v1", "events": 1}],
    }
    assert plan["plan"] == {"events": 2, "streams": 1, "targets": [expected], "incomplete_log": False}
    assert await organisation.name() is None

    finished = run("replay start ID --follow", ID=plan["id"])
    assert (finished["state"], finished["result"]) == ("finished", plan["plan"])
    await _named(organisation)

    again = run("replay plan --stream", KEY=organisation.key)
    nothing: dict[str, Any] = {"changes": [], "appends": []}
    assert again["plan"]["targets"] == [{**expected, "apply": 0, "skip": 2, **nothing}]
    assert run("replay start ID --follow", ID=again["id"])["result"] == again["plan"]
    assert run("replay status", ID=plan["id"]) == finished
    assert plan["id"] in [each["id"] for each in run("replay list")]

    before = await organisation.decided()
    await organisation.rows.execute(
        "delete from assignment.assignment where administration_id = $1", organisation.event.administration_id
    )
    rebuild = run("replay plan --mode rebuild", KEY=organisation.key)
    [restored] = rebuild["plan"]["targets"]
    assert restored["changes"] == [
        {"table": "administration", "inserted": 1, "updated": 1, "deleted": 1},
        {"table": "assignment", "inserted": 1, "updated": 0, "deleted": 0},
    ]
    assert restored == {**expected, **nothing, "changes": restored["changes"]}
    rebuilt = run("replay start ID --follow", ID=rebuild["id"])
    assert (rebuilt["state"], rebuilt["result"]) == ("finished", rebuild["plan"])
    assert await organisation.decided() == before
    assert "no consumer reporting.example" in run("replay plan --mode snapshot", code=1, KEY=organisation.key)
    await ReplayTopics(organisation.kafka).make("reporting.example")
    snapshot = run("replay plan --mode snapshot", KEY=organisation.key)
    assert (snapshot["plan"]["events"], snapshot["target"]) == (0, ["reporting.example"])
    assert run("replay cancel", ID=snapshot["id"])["state"] == "cancelled"


@pytest.mark.usefixtures("organisation")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("plan", "--organisation", str(new_id()), "--target", "all", "--reason", "x"), "--service"),
        (("plan", "--service", "import-svc", "--target", "all", "--reason", "x"), "filter_empty"),
        (("plan", "--stream", "koppel.sync.v1", "--target", "x", "--reason", "x"), "a topic and a key"),
        (("start", str(new_id())), "There is no replay"),
    ],
)
async def test_what_goes_wrong_is_one_line_and_a_hint(
    koppel: Koppel, arguments: tuple[str, ...], told: str
) -> None:
    answer = koppel("replay", *arguments)
    assert answer.returncode == 1
    error, hint = answer.stderr.splitlines()
    assert told in error
    assert hint.startswith("hint: ")


async def test_what_a_bad_release_parked_is_found_mended_and_let_go_and_a_colleague_sees_by_whom(
    koppel: Koppel, organisation: Organisation
) -> None:
    name = f"Vergif {new_id()}"
    await organisation.rows.execute(
        f"alter table assignment.administration add constraint bad_release check (name <> '{name}')"
    )
    await organisation.say(renamed(organisation.event, name))

    async def causes() -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = _story(koppel, "parked causes")
        return [each for each in told if (each["consumer"], each["type"]) == _OF_RENAMES]

    [cause] = await eventually(causes, within=60, what="the cause")
    await organisation.rows.execute("alter table assignment.administration drop constraint bad_release")
    why = f"mended {new_id()}"
    let_go = _story(
        koppel, "parked retry --cause CODE --ladder 1,10,100 --reason TEXT", CODE=cause["code"], TEXT=why
    )
    [release] = [each for told in let_go for each in told["release_ids"]]
    ended = _story(koppel, "releases show ID --follow", ID=release)
    assert (ended["state"], ended["applied"], ended["parked_again"]) == ("finished", 1, 0)
    await _named(organisation, name)
    [act] = [each for each in _story(koppel, "audit --since today") if each["reason"] == why]
    assert (act["service"], act["action"]) == ("assignment-svc", "parked_events.retried")
    assert act["actor"].startswith("person:")


async def test_a_company_is_found_by_its_name_with_who_works_on_it_and_how_old_its_data_is(
    koppel: Koppel, organisation: Organisation
) -> None:
    name = f"Zoek {new_id()}"
    await organisation.say(renamed(organisation.event, name))
    await _named(organisation, name)
    found: list[dict[str, Any]] = []

    async def known() -> bool:
        found[:] = _story(koppel, "sync-status --organisation all --q NAME", NAME=name)["items"]
        return bool(found)

    await eventually(known, within=60, what="the name at sync-svc")
    [status] = found
    organisation_id = str(organisation.event.organisation_id)
    assert (status["administration_id"], status["organisation_id"]) == (organisation.key, organisation_id)
    assert status["last_synced_at"] is None
    who = _story(koppel, "assignments list ID --organisation UUID", ID=organisation.key, UUID=organisation_id)
    assert [each["rule"] for each in who["items"]] == ["default"]
    where = _story(koppel, "find ID", ID=organisation.key)["items"]
    assert {each["kind"] for each in where} == {"assignment", "sync_policy"}


@pytest.mark.usefixtures("organisation")
async def test_since_when_a_service_is_dead_is_told_and_the_others_answer(
    koppel: Koppel, state_dir: Path
) -> None:
    pids = Stack(state_dir).status()["services"]["assignment-svc"]["pids"]
    end_processes([psutil.Process(pid) for pid in pids], grace=5.0)
    told = koppel("status")
    assert "`koppel status`" in STORIES
    assert re.search(r"assignment-svc stopped, last wrote .+: `koppel logs assignment-svc`", told.stdout)
    causes = koppel("parked", "causes")
    assert (causes.returncode, causes.stdout.splitlines()[-1]) == (1, "assignment-svc: no answer")


def _story(koppel: Koppel, command: str, **words: str) -> Any:
    """What a command of the stories tells, as it is printed there, with words put in for its capitals."""
    assert f"`koppel {command}`" in STORIES
    answer = koppel(*(words.get(word, word) for word in command.split()), "--json")
    assert answer.returncode == 0, (command, answer.stdout, answer.stderr)
    return json.loads(answer.stdout)


async def _named(organisation: Organisation, name: str = "Nieuw B.V.") -> None:
    async def there() -> bool:
        return await organisation.name() == name

    await eventually(there, within=30, what="the name at assignment-svc")


def _command(beginning: str) -> str:
    """The runbook's command that begins so."""
    found = re.search(rf"^uv run koppel {re.escape(beginning)}.*$", RUNBOOK.read_text("utf-8"), re.MULTILINE)
    assert found, beginning
    return found[0]
