"""A batch in strands: partitions side by side, each partition whole and in its order within one strand.

A strand is one transaction. While one waits for PostgreSQL, another reads its events; streams never meet, since a
stream lives in one partition. Small batches stay one transaction: a commit costs more than it would save.
"""

from collections.abc import Sequence
from itertools import groupby

from koppel.platform.consumer.decode import KafkaRecord

STRANDS = 4
"""At most so many transactions of a consumer at once; its pool has room for them beside HTTP and jobs."""
FEWEST = 100
"""Records that are worth a transaction of their own."""

Place = tuple[str, int]


def partitions(records: Sequence[KafkaRecord]) -> dict[Place, list[KafkaRecord]]:
    """The records by topic and partition, in their order."""
    grouped: dict[Place, list[KafkaRecord]] = {}
    for place, run in groupby(records, lambda record: (record.topic, record.partition)):
        grouped.setdefault(place, []).extend(run)
    return grouped


def strands(grouped: dict[Place, list[KafkaRecord]]) -> list[list[KafkaRecord]]:
    """Whole partitions, spread over strands of about the same length."""
    total = sum(map(len, grouped.values()))
    spread: list[list[KafkaRecord]] = [[] for _ in range(max(1, min(STRANDS, len(grouped), total // FEWEST)))]
    for run in sorted(grouped.values(), key=len, reverse=True):
        min(spread, key=len).extend(run)
    return spread
