"""`python -m tests.bench.peers.reader WORK`: a plain consumer that notes when each event came."""

import asyncio
import json
import sys
import time

from aiokafka import AIOKafkaConsumer
from tests.bench.peers.work import Work, heard, number_of, said

_AT_ONCE = 1_000
_WITHIN = 240.0
"""Seconds for all events; then something is wrong and what came is told."""


async def main(work: Work) -> None:
    """From the end of the topic on, until every event of this work was read once or more."""
    async with AIOKafkaConsumer(
        work.topic, bootstrap_servers=work.kafka, enable_auto_commit=False
    ) as consumer:
        await consumer.seek_to_end()
        said("ready")
        arrived: dict[bytes, float] = {}
        try:
            async with asyncio.timeout(_WITHIN):
                await _read(consumer, work, arrived)
        except TimeoutError:
            print(f"{len(arrived)} of {work.count} events came in {_WITHIN:.0f} s", file=sys.stderr)
    said("done")
    await heard("tell")
    names = {json.loads(value)["changed_by"]: at for value, at in arrived.items()}
    said({"arrived": [at for _, at in sorted((number_of(name), at) for name, at in names.items())]})


async def _read(consumer: AIOKafkaConsumer, work: Work, arrived: dict[bytes, float]) -> None:
    """Values tell events apart, so what is delivered twice counts once."""
    mark = work.mark.encode()
    while len(arrived) < work.count:
        for records in (await consumer.getmany(timeout_ms=1_000, max_records=_AT_ONCE)).values():
            now = time.monotonic()
            for record in records:
                if mark in record.value:
                    arrived.setdefault(record.value, now)


if __name__ == "__main__":
    asyncio.run(main(Work.from_argument(sys.argv[1])))
