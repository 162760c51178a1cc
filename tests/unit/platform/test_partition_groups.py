"""Batches in partition groups: nothing is left out, and what must stay in order stays together."""

from koppel.platform.consumer.decode import StoredRecord
from koppel.platform.consumer.kafka.partition_groups import (
    FEWEST,
    PARTITION_GROUPS,
    partition_groups,
    partitions,
)


def _records(*counts: int, topic: str = "t") -> list[StoredRecord]:
    """So many records of partitions 0, 1, …"""
    return [
        StoredRecord(topic, partition, offset, b"k", (), b"")
        for partition, count in enumerate(counts)
        for offset in range(count)
    ]


def test_a_small_batch_stays_one_transaction() -> None:
    records = _records(FEWEST // 2, FEWEST // 2)
    assert [len(group) for group in partition_groups(partitions(records))] == [len(records)]


def test_no_record_is_left_out_or_doubled() -> None:
    records = _records(400, 3, 90, 700, 1, 250)
    spread = partition_groups(partitions(records))
    assert len(spread) == PARTITION_GROUPS
    assert sorted((r.partition, r.offset) for group in spread for r in group) == [
        (r.partition, r.offset) for r in records
    ]


def test_a_partition_is_whole_and_in_its_order_in_one_group() -> None:
    spread = partition_groups(partitions(_records(400, 300, 90, 700, 1, 250)))
    homes: dict[int, int] = {}
    for number, group in enumerate(spread):
        seen: dict[int, int] = {}
        for record in group:
            assert homes.setdefault(record.partition, number) == number
            assert record.offset == seen.get(record.partition, -1) + 1
            seen[record.partition] = record.offset


def test_the_same_partition_number_of_two_topics_is_two_places() -> None:
    grouped = partitions(_records(2) + _records(3, topic="u") + _records(1))
    assert {place: len(run) for place, run in grouped.items()} == {("t", 0): 3, ("u", 0): 3}


def test_one_partition_is_one_group_however_long() -> None:
    assert len(partition_groups(partitions(_records(10 * FEWEST)))) == 1


def test_groups_are_about_as_long_as_each_other() -> None:
    """Long partitions are placed first, so that short ones fill up what is left."""
    lengths = [
        len(group) for group in partition_groups(partitions(_records(50, 50, 50, 50, 100, 100, 200, 400)))
    ]
    assert sorted(lengths) == [200, 200, 200, 400]


def test_a_batch_is_spread_over_four_transactions_of_a_hundred_records_at_least() -> None:
    assert (PARTITION_GROUPS, FEWEST) == (4, 100)
    assert [len(partition_groups(partitions(_records(*[count] * 5)))) for count in (39, 40, 60, 80, 500)] == [
        1,
        2,
        3,
        4,
        4,
    ]
