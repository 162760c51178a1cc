"""What a worker's consumer was given, and its rebalances, as JSON lines."""

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from koppel.platform.consumer import Consumer
from koppel.platform.consumer.kafka.membership import DrainOnRevoke


def install(path: Path, group: str) -> None:
    """Note every batch of the group before it is handled, and every letting go and getting of partitions."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(**what: Any) -> None:
        os.write(file, orjson.dumps({"at": time.time()} | what) + b"\n")

    handle = Consumer._handle

    async def noted(self: Any, message: Any) -> None:
        if self._feed.group == group:
            note(records=[[record.topic, record.partition, record.offset] for record in message])
        await handle(self, message)

    Consumer._handle = noted  # type: ignore[method-assign]
    for name in ("on_partitions_revoked", "on_partitions_assigned"):
        _note_call(name, note)


def _note_call(name: str, note: Any) -> None:
    real = getattr(DrainOnRevoke, name)

    async def noted(self: Any, partitions: Any) -> None:
        if any(each.topic.startswith("chaos.") for each in partitions):
            note(**{name.rpartition("_")[2]: len(partitions)})
        await real(self, partitions)

    setattr(DrainOnRevoke, name, noted)


class Traces:
    """All that the workers of a run noted, by process."""

    def __init__(self, folder: Path) -> None:
        self.processes = [
            [orjson.loads(line) for line in path.read_bytes().splitlines() if line.endswith(b"}")]
            for path in sorted(folder.glob("trace-*.jsonl"))
        ]

    def delivered(self) -> list[tuple[str, int, int]]:
        """Places on Kafka, as often as they were given to a consumer."""
        return [tuple(place) for each in self._all() for place in each.get("records", ())]

    def rebalances(self) -> list[float]:
        """Seconds from letting go to getting partitions again, of every process and time."""
        found = []
        for notes in self.processes:
            let_go: float | None = None
            for each in notes:
                if "revoked" in each:
                    let_go = each["at"] if let_go is None else let_go
                elif "assigned" in each and let_go is not None:
                    found.append(each["at"] - let_go)
                    let_go = None
        return found

    def idle(self, begin: float, end: float) -> float:
        """The longest time between `begin` and `end` in which a partition's records were given to nobody."""
        times: dict[tuple[str, int], list[float]] = defaultdict(lambda: [begin])
        for each in self._all():
            for topic, partition in {(topic, partition) for topic, partition, _ in each.get("records", ())}:
                if begin < each["at"] < end:
                    times[topic, partition].append(each["at"])
        gaps = [
            later - earlier
            for seen in times.values()
            for earlier, later in zip(sorted(seen), [*sorted(seen)[1:], end], strict=True)
        ]
        return max(gaps, default=end - begin)

    def _all(self) -> Iterator[dict[str, Any]]:
        for notes in self.processes:
            yield from notes
