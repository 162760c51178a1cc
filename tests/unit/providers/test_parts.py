"""Records in parts, items that say that they are gone, and what does not count when bodies are compared."""

from itertools import permutations

import pytest
from pydantic import JsonValue

from koppel.contracts.values import ResourceName
from koppel.providers.conversion import Unmappable
from koppel.providers.listed_records import ProviderRecord, read_items
from koppel.providers.listing import Listing, Parts
from koppel.providers.mapping import Item, Rows, decimal, text
from koppel.providers.parts import put_together
from koppel.providers.reading import Flag

LINES = Listing(
    name="lines",
    resource=ResourceName.VOUCHER,
    path="/lines",
    parts=Parts(key=("Entry",), head=("Entry", "Text", "Stamp", "Absent"), order=("Number", "Sub")),
    volatile=frozenset({"Stamp"}),
    fields={"text": text("Text"), "rows": Rows("Lines", {"amount": decimal("Amount")})},
)
PEOPLE = Listing(
    name="people",
    resource=ResourceName.CONTACT,
    path="/people",
    removal=Flag("Inactive", True),
    volatile=frozenset({"Seen"}),
    fields={"name": text("Name")},
)


def line(key: str, number: JsonValue, amount: int, **more: JsonValue) -> Item:
    return {"Id": key, "Entry": "e1", "Text": "boeking", "Number": number, "Amount": amount, **more}


def read(*items: Item, listing: Listing = LINES) -> list[ProviderRecord]:
    records, broken = read_items(list(items), listing)
    assert broken == []
    return records


def test_a_part_keeps_its_own_key_and_names_its_record() -> None:
    (part,) = read(line("l1", 1, 10))
    assert (part.external_id, part.part_of, part.data, part.gone) == ("l1", "e1", {}, False)


def test_a_part_that_names_no_record_is_broken() -> None:
    records, broken = read_items([{"Id": "l1", "Number": 1}], LINES)
    assert records == []
    assert broken[0].position == 0


def test_the_record_has_its_parts_in_their_order_whatever_the_order_they_came_in() -> None:
    parts = read(line("l1", 2, 10, Sub=1), line("l2", 10, 20), line("l3", 2, 30), line("l4", 2, 40, Sub=0))
    together = {put_together(LINES, [part.raw for part in order]).raw for order in permutations(parts)}
    assert len(together) == 1
    record = put_together(LINES, [part.raw for part in parts])
    assert record.external_id == "e1"
    assert record.data["text"] == "boeking"
    assert [row["amount"] for row in record.data["rows"]] == ["40", "10", "30", "20"]  # type: ignore[call-overload, index, union-attr]


@pytest.mark.parametrize("number", [None, "10", "", True, 2**60, -1, 1.5, [], {}])
def test_a_place_may_be_anything(number: JsonValue) -> None:
    parts = read(line("l1", number, 1), line("l2", 3, 2), line("l3", "b", 3), line("l4", None, 4))
    assert len(put_together(LINES, [part.raw for part in parts]).data["rows"]) == 4  # type: ignore[arg-type]


def test_the_digest_covers_every_part_but_not_what_is_volatile() -> None:
    def digest(*items: Item) -> bytes:
        return put_together(LINES, [part.raw for part in read(*items)]).digest

    before = digest(line("l1", 1, 10, Stamp=1), line("l2", 2, 20, Stamp=2))
    assert digest(line("l1", 1, 10, Stamp=8), line("l2", 2, 20, Stamp=9)) == before
    assert digest(line("l1", 1, 10, Stamp=1), line("l2", 2, 21, Stamp=2)) != before
    assert digest(line("l1", 1, 10, Stamp=1)) != before


def test_a_part_is_the_same_when_only_volatile_properties_moved() -> None:
    (one,), (other,) = read(line("l1", 1, 10, Stamp=1)), read(line("l1", 1, 10, Stamp=2))
    assert one.digest == other.digest
    assert one.raw != other.raw


def test_a_body_that_is_no_object_is_unmappable() -> None:
    with pytest.raises(Unmappable):
        put_together(LINES, ["[1]"])


def test_a_listing_without_parts_puts_nothing_together() -> None:
    with pytest.raises(ValueError, match="people"):
        put_together(PEOPLE, ["{}"])


@pytest.mark.parametrize(("value", "gone"), [(True, True), (False, False), (None, False), ("true", False)])
def test_an_item_says_itself_that_it_is_gone(value: JsonValue, gone: bool) -> None:
    (record,) = read({"Id": "p1", "Name": "Jansen", "Inactive": value}, listing=PEOPLE)
    assert record.gone is gone
    assert record.data == ({} if gone else {"name": "Jansen"})


def test_an_item_that_is_gone_need_not_be_readable() -> None:
    (record,) = read({"Id": "p1", "Name": ["x"], "Inactive": True}, listing=PEOPLE)
    assert record.gone
