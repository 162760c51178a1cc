"""Splits a batch into partition groups, applied concurrently. Each partition stays whole and in order in one group.

A group is one transaction. While one waits for PostgreSQL, another reads its events; streams never meet, since a
stream lives in one partition. Small batches stay one transaction: a commit costs more than it would save.
"""

from collections.abc import Sequence
from itertools import groupby

from koppel.platform.consumer.decode import RawRecord

PARTITION_GROUPS = 4
"""At most so many transactions of a consumer at once; its pool has room for them beside HTTP and jobs."""
FEWEST = 100
"""The least records for which a transaction of their own pays."""

Place = tuple[str, int]


def partitions(records: Sequence[RawRecord]) -> dict[Place, list[RawRecord]]:
    """The records by topic and partition, in their order."""
    grouped: dict[Place, list[RawRecord]] = {}
    for place, run in groupby(records, lambda record: (record.topic, record.partition)):
        grouped.setdefault(place, []).extend(run)
    return grouped


def partition_groups(grouped: dict[Place, list[RawRecord]]) -> list[list[RawRecord]]:
    """Whole partitions, spread over partition groups of about the same length."""
    total = sum(map(len, grouped.values()))
    spread: list[list[RawRecord]] = [
        [] for _ in range(max(1, min(PARTITION_GROUPS, len(grouped), total // FEWEST)))
    ]
    for run in sorted(grouped.values(), key=len, reverse=True):
        min(spread, key=len).extend(run)
    return spread
