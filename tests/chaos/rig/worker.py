"""One process of the rig: a writer, a relay, a consumer or all three, made of the platform's real parts."""

import asyncio
import logging
import os
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random, random
from typing import Any

from pydantic import SecretStr
from tests.chaos.rig import crash, trace
from tests.chaos.rig.contract import (
    ORGANISATION,
    SCHEMA,
    SERVICE,
    Echo,
    Step,
    control_topic,
    group_of,
    step,
    use_topics,
)
from tests.chaos.rig.history import History
from tests.chaos.rig.registered import MUTANTS
from tests.chaos.rig.stage import apply

from koppel.contracts.replay import GapFound, ReplayReported
from koppel.kernel.errors import Transient
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer import ReceivedEvent, Subscriptions
from koppel.platform.database import UNAVAILABLE, Connection, Database
from koppel.platform.outbox import EventLog
from koppel.platform.runner import TaskPart
from koppel.platform.runner.process import run_process
from koppel.platform.service import Service
from koppel.platform.settings import KoppelSettings, ProcessRole, ServiceSettings

FAILS_ONCE = "?"
"""An operation whose name ends so fails at its first try in every process, for a passing cause."""
_POLICY = RetryPolicy(first=timedelta(milliseconds=50), longest=timedelta(seconds=1), attempts=1_000)


def main(role: str, config: Mapping[str, Any]) -> int:
    """Run until killed or told to stop; the exit code is the service's."""
    with ExitStack() as stack:
        if mutant := config.get("mutant"):
            stack.enter_context(MUTANTS[mutant].applied())
        crash.install(config.get("crash_at"), config.get("points"))
        if config.get("trace"):
            file = Path(config["folder"]) / f"trace-{config['name']}-{os.getpid()}.jsonl"
            trace.install(file, group_of(config["run"]))
        use_topics(config["run"])
        GapFound.topic = ReplayReported.topic = control_topic(config["run"])
        try:
            return run_process(_run(role, config))
        except Exception:
            logging.getLogger(__name__).exception("worker ended")
            return 1


async def _run(role: str, config: Mapping[str, Any]) -> int:
    roles = {"writer": {"jobs"}, "relay": {"relay"}, "consumer": {"consumer"}}.get(
        role, {"jobs", "relay", "consumer"}
    )
    service = Service(
        SERVICE,
        SCHEMA,
        version="0",
        shared=KoppelSettings(
            kafka_bootstrap_servers=config["kafka"],
            jwt_issuer="none",
            jwks_url="http://127.0.0.1:9/none",
            log_level="WARNING",
            shutdown_grace=timedelta(seconds=5),
        ),
        own=ServiceSettings(
            database_url=SecretStr(config["dsn"]),
            port=0,
            roles=frozenset(ProcessRole(name) for name in roles),
            instance=config.get("instance"),
        ),
        package="koppel.testing.platform_only",
    )
    service.consume(_subscriptions(group_of(config["run"]), config.get("slow", 0.0)), policy=_POLICY)
    if "jobs" in roles:
        history = History(Path(config["folder"]) / f"history-{config['name']}-{os.getpid()}.jsonl")
        service.background(_Writers("writers", lambda: _write_all(service.database, history, config)))
    return await service.run()


class _Writers(TaskPart):
    """They end when they have written everything, and the process goes on."""

    async def run(self) -> None:
        await super().run()
        await self.stopping.wait()


def _subscriptions(group: str, slow: float) -> Subscriptions:
    """`slow` is the share of steps that take up to three seconds."""
    registered, failed = Subscriptions(group), set[str]()

    async def on_step(event: ReceivedEvent[Step], connection: Connection) -> None:
        await apply(group, event, connection)
        if random() < slow:
            await asyncio.sleep(3 * random())
        echo = Echo(organisation_id=ORGANISATION, stream=event.data.stream, op=f"echo {event.data.op}")
        await EventLog(connection, event.cause()).append(echo)
        if event.data.op.endswith(FAILS_ONCE) and event.data.op not in failed:
            failed.add(event.data.op)
            raise Transient("not_yet", "It passes at the second try.")

    async def on_echo(event: ReceivedEvent[Echo], connection: Connection) -> None:
        await apply(group, event, connection)

    registered.on(Step, on_step)
    registered.on(Echo, on_echo)
    return registered


async def _write_all(database: Database, history: History, config: Mapping[str, Any]) -> None:
    """`tasks` writers share the work; each operation is one transaction that is told apart by its name."""
    chance = Random(config["seed"])
    numbers = iter(range(config["operations"]))

    async def one() -> None:
        for number in numbers:
            await _operation(database, history, config, number, Random(chance.random()))

    async with asyncio.TaskGroup() as group:
        for _ in range(config.get("tasks", 4)):
            group.create_task(one())
    history.done()


async def _operation(
    database: Database, history: History, config: Mapping[str, Any], number: int, chance: Random
) -> None:
    op = f"{config['name']}-{os.getpid()}-{number}{FAILS_ONCE if chance.random() < config.get('failing', 0.1) else ''}"
    new = chance.random() < config.get("new", 0.05)
    stream = f"new {op}" if new else f"k{chance.randrange(config.get('keys', 20))}"
    refuse = chance.random() < 0.2
    history.begin(op)
    try:
        async with database.transaction(ORGANISATION) as connection:
            await connection.execute("insert into business (op) values ($1)", op)
            await EventLog(connection).append(step(stream, op))
            await asyncio.sleep(chance.random() * config.get("delay", 0.02))
            if refuse:
                raise _Refused
    except _Refused:
        history.fail(op)
    except UNAVAILABLE:
        history.unknown(op)  # perhaps before, perhaps after the commit
        await asyncio.sleep(0.1)
    else:
        history.ok(op)


class _Refused(Exception):
    """The business changed its mind: the transaction is rolled back."""
