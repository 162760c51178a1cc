"""After a restore was accepted a record goes on above what Kafka has seen of it, and no other record notices."""

from collections.abc import Sequence

from koppel.contracts.topics import RECORD

from .office import Office
from .package import Item

SEEN = "insert into stream_head (topic, key, version) values ($2, $1::uuid || '/contact/' || $3::text, $4) returning 1"


async def seen(office: Office, item: Item, version: int) -> None:
    """As `accept-restore` notes it."""
    await office.rows(SEEN, RECORD.name, str(item["Id"]), version)


async def versions(office: Office, name: str, items: Sequence[Item]) -> list[list[tuple[int, int]]]:
    told = await office.events(name)
    return [
        [(each["revision"], each["_version"]) for each in told if each["external_id"] == item["Id"]]
        for item in items
    ]


async def test_a_new_a_known_and_an_unseen_record_go_on_above_what_was_seen(office: Office) -> None:
    known, behind, other = office.package.add_customers(3)
    await office.sync()
    await seen(office, known, 5)
    (forgotten,) = office.package.add_customers(1)
    await seen(office, forgotten, 7)
    for name in ("Eerst", "Daarna"):
        for item in (known, other, forgotten):
            office.package.change(item, Name=name)
        await office.sync()
    assert await versions(office, "RecordChanged", [known, behind, other, forgotten]) == [
        [(1, 1), (6, 6), (7, 7)],
        [(1, 1)],
        [(1, 1), (2, 2), (3, 3)],
        [(8, 8), (9, 9)],
    ]


async def test_a_record_that_is_ahead_of_what_was_seen_rises_by_one(office: Office) -> None:
    (customer,) = office.package.add_customers(1)
    await office.sync()
    await seen(office, customer, 2)
    for name in "abcd":
        office.package.change(customer, Name=name)
        await office.sync()
    assert await versions(office, "RecordChanged", [customer]) == [[(1, 1), (3, 3), (4, 4), (5, 5), (6, 6)]]


async def test_a_deletion_goes_on_above_what_was_seen_and_its_first_missing_mark_counts_nothing(
    office: Office,
) -> None:
    customers = office.package.add_customers(9)
    await office.sync()
    gone, plain = customers[:2]
    await seen(office, gone, 5)
    office.package.remove(gone, plain)
    await office.sync()
    assert {row["revision"] for row in (await office.records()).values()} == {1}
    await office.sync()
    assert await versions(office, "RecordDeleted", [gone, plain]) == [[(6, 6)], [(2, 2)]]


async def test_a_head_of_another_topic_is_no_head_of_a_record(office: Office) -> None:
    (customer,) = office.package.add_customers(1)
    await office.rows(SEEN, "koppel.sync.v1", str(customer["Id"]), 9)
    await office.sync()
    assert await versions(office, "RecordChanged", [customer]) == [[(1, 1)]]
