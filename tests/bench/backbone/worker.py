"""`python -m tests.bench.backbone.worker relay|runs|singles DSN KAFKA NAME`: one part as a process of its own."""

import asyncio
import signal
import sys
from functools import partial

from tests.bench.backbone.effects import one_by_one, set_based
from tests.bench.backbone.ground import SCHEMA

from koppel.platform.consumer import Consumer, live
from koppel.platform.database import Database
from koppel.platform.outbox.producer import producer_factory
from koppel.platform.outbox.relay import Relay
from koppel.platform.runner.process import run_process
from koppel.testing.eventually import eventually


async def main(role: str, dsn: str, kafka: str, name: str) -> None:
    """Work until terminated; prints `ready` once it does."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = Database(dsn, SCHEMA, max_size=4)
    await database.open()
    if role == "relay":
        task = asyncio.create_task(Relay(database, "import-svc", producer_factory(kafka, name)).run())
        print("ready", flush=True)
        await stop.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    else:
        subscriptions = set_based(name) if role == "runs" else one_by_one(name)
        consumer = Consumer(live(database, subscriptions), kafka)
        await consumer.start()
        await eventually(partial(_consumes, consumer), within=30)
        print("ready", flush=True)
        await stop.wait()
        await consumer.stop()
    await database.close()


async def _consumes(consumer: Consumer) -> bool:
    return consumer.consuming


if __name__ == "__main__":
    run_process(main(*sys.argv[1:5]))
