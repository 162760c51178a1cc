"""docs/runbooks/replay.md on real processes: an event that assignment-svc lost comes back, once."""

import json
import re
import shlex
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from koppel.contracts.administration import AdministrationImported
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.outbox import EventLog
from koppel.platform.replay import ReplayTopics
from koppel.testing.administrations import imported, renamed
from koppel.testing.eventually import eventually
from koppel_local.postgres.databases import Roles, on_database

pytestmark = pytest.mark.slow
RUNBOOK = Path(__file__).parents[3] / "docs/runbooks/replay.md"
Koppel = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass
class Organisation:
    """An administration that assignment-svc knows: imported, then renamed."""

    event: AdministrationImported
    rows: asyncpg.Connection
    kafka: str

    @property
    def key(self) -> str:
        return str(self.event.administration_id)

    async def name(self) -> str | None:
        """As assignment-svc has it."""
        name: str | None = await self.rows.fetchval(
            "select name from assignment.administration where id = $1", self.event.administration_id
        )
        return name

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
async def organisation(koppel: Koppel, state_dir: Path) -> AsyncIterator[Organisation]:
    started = koppel("up")
    assert started.returncode == 0, started.stderr
    status = json.loads(koppel("status", "--json").stdout)
    administrator = status["postgres"]["dsn"]
    log = Database(Roles(state_dir).dsn(administrator, "import_app"), "import")
    await log.open()
    rows = await asyncpg.connect(on_database(administrator))
    made = Organisation(imported(new_id()), rows, status["kafka"]["bootstrap_servers"])
    async with log.system() as connection:
        await EventLog(connection).append(made.event, renamed(made.event, "Nieuw B.V."))
    await log.close()
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


async def _named(organisation: Organisation) -> None:
    async def there() -> bool:
        return await organisation.name() == "Nieuw B.V."

    await eventually(there, within=30, what="the name at assignment-svc")


def _command(beginning: str) -> str:
    """The runbook's command that begins so."""
    found = re.search(rf"^uv run koppel {re.escape(beginning)}.*$", RUNBOOK.read_text("utf-8"), re.MULTILINE)
    assert found, beginning
    return found[0]
