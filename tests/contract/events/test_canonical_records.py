"""Canonical records: what providers make equals the published models, and the models are held like events."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from koppel.contracts.canonical import CANONICAL
from koppel.contracts.canonical.fields import CanonicalRecord
from koppel.contracts.gate import canonical_records
from koppel.contracts.gate.golden import CASES, build
from koppel.contracts.gate.history import revisions_in, schema_of
from koppel.contracts.reader import reader_schema
from koppel.contracts.record import RecordChanged
from koppel.contracts.values import ResourceName
from koppel.providers import mapping
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.listed_records import read_items
from koppel.providers.listing import Listing
from koppel.providers.mapping import Constant, Fields, Group, Item, Rows
from koppel_sandbox.providers.eaccounting.settings import Settings
from koppel_sandbox.providers.eaccounting.world import World
from koppel_sandbox.settings import Sizes

LISTINGS = [
    listing
    for provider in PROVIDERS.values()
    for listings in provider.listings.values()
    for listing in listings
]
EACCOUNTINGS = [listing for group in PROVIDERS["eaccounting"].listings.values() for listing in group]
"""Other providers' answers are held to the model by tests/unit/conformance, which reads their sandbox as they do."""
EACH_LISTING = pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)


@pytest.fixture(scope="module")
def sandbox() -> World:
    return World(Settings(seed=7, companies=1, sizes=Sizes()), lambda: 1_800_000_000_000_000)


def items(sandbox: World, listing: Listing) -> list[Any]:
    collection = sandbox.collection(sandbox.company_ids[0], listing.path.removeprefix("/"))
    return [json.loads(raw) for raw in collection.read(collection.indexes)]


@pytest.mark.parametrize("listing", EACCOUNTINGS, ids=lambda listing: listing.name)
def test_what_the_sandbox_serves_becomes_records_of_the_model(listing: Listing, sandbox: World) -> None:
    records, broken = read_items(items(sandbox, listing), listing)
    assert records
    assert not broken
    schema = Draft202012Validator(_data_schema(listing.resource))
    for record in records:
        text = json.dumps(record.data)
        read = CANONICAL[listing.resource].model_validate_json(text, strict=True)
        assert json.loads(read.model_dump_json()) == record.data, "field by field, and none left out"
        schema.validate(record.data)


@EACH_LISTING
def test_a_record_of_nothing_but_its_key_is_one_of_the_model_too(listing: Listing) -> None:
    item: Item = dict.fromkeys(listing.key, "1")
    if listing.parts is not None:
        data = listing.canonical({**item, listing.parts.rows: []})
    else:
        [data] = [each.data for each in read_items([item], listing)[0]]
    CANONICAL[listing.resource].model_validate_json(json.dumps(data), strict=True)


@EACH_LISTING
def test_a_table_of_a_provider_has_the_fields_of_the_model_and_their_values(listing: Listing) -> None:
    _compare(listing.fields, CANONICAL[listing.resource], listing.name)


def test_every_resource_that_a_provider_has_is_tried() -> None:
    assert {listing.resource for listing in LISTINGS} == set(ResourceName)


def test_the_typical_golden_event_of_a_revision_to_come_shows_the_resource_that_it_names() -> None:
    value = build(RecordChanged, schema_of(RecordChanged), CASES[0])["value"]
    CANONICAL[value["resource"]].model_validate_json(json.dumps(value["data"]), strict=True)


def test_a_lost_field_of_a_record_is_a_break(tmp_path: Path) -> None:
    class Before(CanonicalRecord):
        number: str | None = Field(default=None, description="Its number.")
        name: str | None = Field(default=None, description="Its name.")

    class After(CanonicalRecord):
        number: str | None = Field(default=None, description="Its number, as text.")
        added: str | None = Field(default=None, description="Since then.")

    def told(model: type[CanonicalRecord]) -> list[str]:
        return list(canonical_records.problems({ResourceName.JOURNAL: model}, tmp_path))

    list(canonical_records.write({ResourceName.JOURNAL: Before}, tmp_path))
    assert told(Before) == []
    assert "record journal against revision 1: /name: was removed" in told(After)
    assert any(
        "journal: published once, now missing" in line for line in canonical_records.problems({}, tmp_path)
    )


def test_words_make_no_revision_and_an_optional_field_does(tmp_path: Path) -> None:
    class Plain(CanonicalRecord):
        number: str | None = Field(default=None, description="Its number.")

    class Described(CanonicalRecord):
        """With many words."""

        number: str | None = Field(default=None, description="Its number, as text.")

    class More(Described):
        name: str | None = Field(default=None, description="Its name.")

    for model in (Plain, Described, More):
        list(canonical_records.write({ResourceName.JOURNAL: model}, tmp_path))
    assert len(revisions_in(tmp_path / "journal")) == 2
    assert list(canonical_records.problems({ResourceName.JOURNAL: More}, tmp_path)) == []


def _data_schema(resource: ResourceName) -> dict[str, Any]:
    whole = reader_schema(RecordChanged)
    return {"$ref": f"#/$defs/{CANONICAL[resource].__name__}", "$defs": whole["$defs"]}


def _compare(fields: Fields, model: type[BaseModel], place: str) -> None:
    assert fields.keys() == model.model_fields.keys(), place
    for name, part in fields.items():
        match part:
            case Group(inner) | Rows(_, inner):
                _compare(inner, next(_models(model.model_fields[name].annotation)), f"{place}.{name}")
            case Constant(value) if value is not None:
                assert value in _known(model, name), f"{place}.{name}"
            case mapping.Field(_, convert) if convert.__closure__ and (choices := _choices(convert)):
                assert set(choices.values()) <= set(_known(model, name)), f"{place}.{name}"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _choices(convert: Any) -> Mapping[int, str]:
    """The names that `choice` was given; none for another conversion."""
    given = (cell.cell_contents for cell in convert.__closure__)
    return next((each for each in given if isinstance(each, dict)), {})


def _known(model: type[BaseModel], name: str) -> list[str]:
    extra = model.model_fields[name].json_schema_extra
    assert isinstance(extra, dict), f"{name} says none of its values"
    return [str(value) for value in extra["x-extensible-enum"]]  # type: ignore[union-attr]
