"""Tables of fields: how an item of a provider becomes canonical fields and an external id."""

import pytest
from pydantic import JsonValue

from koppel.contracts.values import ResourceName
from koppel.providers import mapping
from koppel.providers.conversion import Unmappable
from koppel.providers.listing import Listing
from koppel.providers.mapping import Constant, Group, Item, Rows, Texts, compile_fields, compile_key
from koppel.providers.reading import Whole

KINDS = {1: "one", 2: "two"}


def refused(mapper: mapping.Mapper, item: Item) -> str:
    with pytest.raises(Unmappable) as raised:
        mapper(item)
    return str(raised.value)


def test_each_kind_of_field_has_its_converter() -> None:
    mapper = compile_fields(
        {
            "text": mapping.text("A"),
            "identifier": mapping.identifier("B"),
            "flag": mapping.flag("C"),
            "whole": mapping.whole("D"),
            "decimal": mapping.decimal("E"),
            "date": mapping.business_date("F"),
            "instant": mapping.instant("G"),
            "choice": mapping.choice("H", KINDS),
            "constant": Constant("always"),
        }
    )
    item: Item = {
        "A": "a",
        "B": 12,
        "C": True,
        "D": 3,
        "E": 1.50,
        "F": "2026-01-05T10:00:00",
        "G": "2026-01-05T10:00:00",
        "H": 2,
    }
    mapped = {
        "text": "a",
        "identifier": "12",
        "flag": True,
        "whole": 3,
        "decimal": "1.5",
        "date": "2026-01-05",
        "instant": "2026-01-05T10:00:00Z",
        "choice": "two",
        "constant": "always",
    }
    assert mapper(item) == mapped
    assert mapper({}) == dict.fromkeys(mapped) | {"constant": "always"}
    assert list(mapper({})) == list(mapped), "in the order of the table"


def test_a_number_without_a_name_stays_visible() -> None:
    assert compile_fields({"kind": mapping.choice("Kind", KINDS)})({"Kind": 17}) == {"kind": "17"}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_texts_are_text_whatever_the_provider_sends_them_as(count: int) -> None:
    mapper = compile_fields({f"f{place}": mapping.text(f"P{place}") for place in range(count)})
    assert mapper({f"P{place}": "x" for place in range(count)}) == {f"f{p}": "x" for p in range(count)}
    assert mapper({f"P{place}": place for place in range(count)}) == {f"f{p}": str(p) for p in range(count)}
    assert mapper({"P0": None}) == {f"f{place}": None for place in range(count)}
    assert mapper({f"P{place}": None for place in range(count)}) == {f"f{p}": None for p in range(count)}
    assert refused(mapper, {f"P{place}": [] for place in range(count)}) == "P0 is not text"


def test_a_field_that_cannot_be_read_is_named_without_its_value() -> None:
    mapper = compile_fields({"a": mapping.text("A"), "b": mapping.flag("B"), "c": mapping.whole("C")})
    assert refused(mapper, {"B": "canary"}) == "B is not true or false"
    assert refused(mapper, {"B": True, "C": "canary"}) == "C is not a whole number"


def test_a_group_is_an_object_of_its_own() -> None:
    mapper = compile_fields({"address": Group({"city": mapping.text("City")}), "name": mapping.text("Name")})
    assert mapper({"City": "Breda", "Name": "n"}) == {"address": {"city": "Breda"}, "name": "n"}
    assert mapper({}) == {"address": {"city": None}, "name": None}


def test_rows_have_a_table_of_their_own() -> None:
    mapper = compile_fields({"rows": Rows("Rows", {"amount": mapping.decimal("Amount")})})
    assert mapper({"Rows": [{"Amount": 1.5}, {}]}) == {"rows": [{"amount": "1.5"}, {"amount": None}]}
    assert (mapper({"Rows": []}), mapper({})) == ({"rows": []}, {"rows": None})


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("canary", "Rows is not a list"),
        ([{}, "canary"], "Rows[1] is not an object"),
        ([{}, {}, {"Amount": "canary"}], "Rows[2].Amount is not a number"),
    ],
)
def test_the_row_that_cannot_be_read_is_named(rows: JsonValue, why: str) -> None:
    mapper = compile_fields({"rows": Rows("Rows", {"amount": mapping.decimal("Amount")})})
    assert refused(mapper, {"Rows": rows}) == why


def test_numbered_properties_are_a_list_of_those_that_are_filled() -> None:
    mapper = compile_fields({"ids": Texts(("Id1", "Id2", "Id3"))})
    assert mapper({"Id1": "a", "Id2": "", "Id3": 7}) == {"ids": ["a", "7"]}
    assert mapper({}) == {"ids": []}


def test_a_key_is_its_properties_joined_by_a_colon() -> None:
    key = compile_key(("Year", "Number"))
    assert key({"Year": "2026", "Number": 1300}) == "2026:1300"
    assert compile_key(("Id",))({"Id": "x"}) == compile_key(("Id",))({"Id": "x", "Other": 1}) == "x"
    assert compile_key(("Id",))({"Id": 7}) == "7"


@pytest.mark.parametrize("props", [("Id",), ("Id", "Year")])
@pytest.mark.parametrize("item", [{}, {"Id": None}, {"Id": ""}])
def test_a_key_that_is_not_there_is_named(props: tuple[str, ...], item: Item) -> None:
    with pytest.raises(Unmappable, match=r"^Id is missing$"):
        compile_key(props)(item)
    with pytest.raises(Unmappable, match=r"^Id is not text$"):
        compile_key(props)({"Id": True})


def test_a_listing_reads_with_its_own_key_and_table() -> None:
    listing = Listing(name="a", resource=ResourceName.CONTACT, path="/a", fields={"n": mapping.text("Name")})
    item: Item = {"Id": "1", "Name": "x"}
    assert (listing.external_id(item), listing.canonical(item)) == ("1", {"n": "x"})
    assert (listing.page_size, listing.cursor) == (1000, Whole())
    assert "fields" not in repr(listing)
    assert "function" not in repr(listing)
    assert listing == Listing(name="a", resource=ResourceName.CONTACT, path="/a", fields=listing.fields)
