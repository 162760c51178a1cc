"""After a restore was accepted a record goes on above what Kafka has seen of it, and no other record notices."""

from collections.abc import Sequence

from koppel.contracts.topics import RECORD

from .organisation import Organisation
from .provider import Item

SEEN = "insert into stream_head (topic, key, version) values ($2, $1::uuid || '/contact/' || $3::text, $4) returning 1"


async def seen(organisation: Organisation, item: Item, version: int) -> None:
    """As `accept-restore` notes it."""
    await organisation.rows(SEEN, RECORD.name, str(item["Id"]), version)


async def versions(
    organisation: Organisation, name: str, items: Sequence[Item]
) -> list[list[tuple[int, int]]]:
    told = await organisation.events(name)
    return [
        [(each["revision"], each["_version"]) for each in told if each["external_id"] == item["Id"]]
        for item in items
    ]


async def test_a_new_a_known_and_an_unseen_record_go_on_above_what_was_seen(
    organisation: Organisation,
) -> None:
    known, behind, other = organisation.provider.add_customers(3)
    await organisation.sync()
    await seen(organisation, known, 5)
    (forgotten,) = organisation.provider.add_customers(1)
    await seen(organisation, forgotten, 7)
    for name in ("Eerst", "Daarna"):
        for item in (known, other, forgotten):
            organisation.provider.change(item, Name=name)
        await organisation.sync()
    assert await versions(organisation, "RecordChanged", [known, behind, other, forgotten]) == [
        [(1, 1), (6, 6), (7, 7)],
        [(1, 1)],
        [(1, 1), (2, 2), (3, 3)],
        [(8, 8), (9, 9)],
    ]


async def test_a_record_that_is_ahead_of_what_was_seen_rises_by_one(organisation: Organisation) -> None:
    (customer,) = organisation.provider.add_customers(1)
    await organisation.sync()
    await seen(organisation, customer, 2)
    for name in "abcd":
        organisation.provider.change(customer, Name=name)
        await organisation.sync()
    assert await versions(organisation, "RecordChanged", [customer]) == [
        [(1, 1), (3, 3), (4, 4), (5, 5), (6, 6)]
    ]


async def test_a_deletion_goes_on_above_what_was_seen_and_its_first_missing_mark_counts_nothing(
    organisation: Organisation,
) -> None:
    customers = organisation.provider.add_customers(9)
    await organisation.sync()
    gone, plain = customers[:2]
    await seen(organisation, gone, 5)
    organisation.provider.remove(gone, plain)
    await organisation.sync()
    assert {row["revision"] for row in (await organisation.records()).values()} == {1}
    await organisation.sync()
    assert await versions(organisation, "RecordDeleted", [gone, plain]) == [[(6, 6)], [(2, 2)]]


async def test_a_head_of_another_topic_is_no_head_of_a_record(organisation: Organisation) -> None:
    (customer,) = organisation.provider.add_customers(1)
    await organisation.rows(SEEN, "koppel.sync.v1", str(customer["Id"]), 9)
    await organisation.sync()
    assert await versions(organisation, "RecordChanged", [customer]) == [[(1, 1)]]
