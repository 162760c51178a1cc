"""Changes laid over seeded objects."""

import orjson
import pytest

from koppel_sandbox.books.changes import Altered, ChangeOrder
from koppel_sandbox.books.collection import Collection
from koppel_sandbox.control.fields import InputError
from koppel_sandbox.providers.eaccounting.books.catalogue import Kind
from koppel_sandbox.providers.eaccounting.settings import Settings
from koppel_sandbox.providers.eaccounting.world import World
from koppel_sandbox.settings import Sizes

NOW = 1_800_000_000_000_000


def world(customers: int = 600) -> World:
    return World(Settings(sizes=Sizes(customers=customers)), lambda: NOW)


def customers(held: World) -> Collection[Kind]:
    return held.collection(held.company_ids[0], "customers")


def alter(held: World, name: str = "customers", *, change: int = 0, add: int = 0, remove: int = 0) -> Altered:
    return held.apply(held.books.plan(held.company_ids[0], ChangeOrder(name, change, add, remove)))


def ids(collection: Collection[Kind]) -> list[str]:
    return [orjson.loads(raw)["Id"] for raw in collection.read(collection.indexes)]


def test_a_changed_object_differs_visibly_and_is_newer_than_all_before() -> None:
    held = world()
    collection = customers(held)
    before = {each["Id"]: each for each in map(orjson.loads, collection.read(collection.indexes))}
    done = alter(held, change=3)
    assert len(set(done.changed)) == 3
    for identity in done.changed:
        index = collection.find(identity)
        assert index is not None
        body = collection.body(index)
        assert body["Name"] != before[identity]["Name"]
        assert collection.changed_at[index] > NOW


def test_change_times_strictly_increase_even_when_the_clock_stands_still() -> None:
    held = world()
    collection = customers(held)
    seen = []
    for _ in range(3):
        done = alter(held, change=2, add=2)
        for identity in done.changed + done.added:
            index = collection.find(identity)
            assert index is not None
            seen.append(collection.changed_at[index])
    assert seen == sorted(set(seen))
    assert held.time.now() >= seen[-1]


def test_added_objects_come_last_and_removed_ones_leave_the_order_alone() -> None:
    held = world()
    collection = customers(held)
    before = ids(collection)
    done = alter(held, add=2, remove=5)
    kept = [identity for identity in before if identity not in done.removed]
    assert ids(collection) == [*kept, *done.added]
    assert len(collection) == 600 - 5 + 2
    assert all(collection.find(identity) is None for identity in done.removed)


@pytest.mark.parametrize("first", [0, 1, 249, 250, 499, 600])
@pytest.mark.parametrize("size", [1, 250, 300, 1000])
def test_pages_joined_from_chunks_equal_the_objects_one_by_one(first: int, size: int) -> None:
    held = world()
    alter(held, change=1, add=3)
    collection = customers(held)
    indexes = collection.indexes[first : first + size]
    joined = orjson.loads(b"[" + collection.joined(indexes) + b"]")
    assert joined == [orjson.loads(raw) for raw in collection.read(indexes)]


def test_accounts_are_known_by_year_and_number() -> None:
    held = world()
    done = alter(held, "accounts", change=1, add=1, remove=1)
    for key in [*done.changed, *done.added, *done.removed]:
        year, _, number = key.partition("/")
        assert held.year_of(held.company_ids[0], year) is not None
        assert number.isdigit()


def test_too_large_a_change_is_refused_and_changes_nothing() -> None:
    held = world(customers=3)
    with pytest.raises(InputError, match="3 objects"):
        alter(held, change=2, remove=2)
    assert len(customers(held)) == 3


def test_a_renamed_company_shows_its_new_name_in_the_selector() -> None:
    held = world()
    company_id = held.company_ids[0]
    before = held.describe(company_id)["name"]
    alter(held, "companysettings", change=1)
    assert held.describe(company_id)["name"] != before
