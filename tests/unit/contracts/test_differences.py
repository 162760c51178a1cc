"""What is said of a change between two schemas: where, in which words, and whether it breaks everybody."""

from typing import Any

import pytest

from koppel.contracts.gate.differences import Difference, breaking

Schema = dict[str, Any]
TEXT, NUMBER, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}


def field(schema: Schema | bool, *, required: bool = False) -> Schema:
    """An event with one field."""
    return {"type": "object", "properties": {"a": schema}, "required": ["a"] if required else []}


def said(old: Schema, new: Schema) -> list[tuple[str, str]]:
    return [(one.path, one.what) for one in breaking(old, new)]


def any_of(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def test_the_same_schema_differs_in_nothing() -> None:
    assert breaking(field(TEXT, required=True), field(TEXT, required=True)) == []


def test_a_field_that_went_breaks_those_who_read_it() -> None:
    assert breaking(field(TEXT), {"type": "object"}) == [Difference("/a", "was removed")]


def test_a_required_field_more_breaks_everybody() -> None:
    [found] = breaking({"type": "object"}, field(TEXT, required=True))
    assert found == Difference("/a", "was added as required; events of before lack it", everybody=True)


def test_a_field_that_became_required_breaks_everybody() -> None:
    [found] = breaking(field(TEXT), field(TEXT, required=True))
    assert found == Difference("/a", "became required; events of before may lack it", everybody=True)


def test_a_field_that_is_no_longer_required_breaks_those_who_count_on_it() -> None:
    [found] = breaking(field(TEXT, required=True), field(TEXT))
    assert found == Difference("/a", "is no longer required; earlier readers count on it", everybody=False)


def test_a_change_of_the_whole_event_is_named_so() -> None:
    [found] = breaking({"type": "object"}, {"type": "object", "maxProperties": 3})
    assert str(found) == "the event: maxProperties changed from None to 3"
    assert str(Difference("/a", "was removed")) == "/a: was removed"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(TEXT, NUMBER, [("/a", "type changed from 'string' to 'integer'")], id="type"),
        pytest.param({"minimum": 1}, {"minimum": 2}, [("/a", "minimum changed from 1 to 2")], id="bound"),
        pytest.param(
            {"const": 1},
            {"const": True},
            [
                ("/a", "type changed from 'integer' to 'boolean'"),
                ("/a", "no longer allows 1; events of before hold it"),
                ("/a", "now allows true; earlier readers switch on the values"),
            ],
            id="one becomes true",
        ),
        pytest.param(
            {"minimum": 1}, {"minimum": True}, [("/a", "minimum changed from 1 to True")], id="true"
        ),
        pytest.param(
            {"items": TEXT},
            {"items": NUMBER},
            [("/a[]", "type changed from 'string' to 'integer'")],
            id="items",
        ),
        pytest.param(
            {"type": "array", "items": TEXT},
            {"type": "array"},
            [("/a", "items changed from {'type': 'string'} to {}")],
            id="any items",
        ),
        pytest.param(
            {"additionalProperties": TEXT},
            {"additionalProperties": NUMBER},
            [("/a[]", "type changed from 'string' to 'integer'")],
            id="values of a map",
        ),
        pytest.param(
            {"additionalProperties": False},
            {"additionalProperties": TEXT},
            [("/a", "additionalProperties changed from False to {'type': 'string'}")],
            id="closed no more",
        ),
        pytest.param(
            {"prefixItems": [TEXT]},
            {"prefixItems": [TEXT, NUMBER]},
            [("/a", "prefixItems changed from ['0'] to ['0', '1']")],
            id="places",
        ),
        pytest.param(
            {"prefixItems": [TEXT, TEXT]},
            {"prefixItems": [TEXT, NUMBER]},
            [("/a[]", "type changed from 'string' to 'integer'")],
            id="a place",
        ),
        pytest.param(
            {"patternProperties": {"^x": TEXT}},
            {"patternProperties": {"^x": NUMBER}},
            [("/a[]", "type changed from 'string' to 'integer'")],
            id="a pattern's value",
        ),
        pytest.param(
            {"patternProperties": {"^x": TEXT}},
            {"patternProperties": {"^y": TEXT}},
            [("/a", "patternProperties changed from ['^x'] to ['^y']")],
            id="another pattern",
        ),
        pytest.param(
            {"type": "object", "patternProperties": {"^x": TEXT}},
            {"type": "object"},
            [("/a", "patternProperties changed from ['^x'] to []")],
            id="no pattern",
        ),
    ],
)
def test_a_change_of_a_field_is_said_once_and_with_its_place(
    old: Schema, new: Schema, expected: list[tuple[str, str]]
) -> None:
    assert said(field(old), field(new)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (any_of(TEXT, NULL), any_of(NUMBER, NULL), "type changed from null | string to integer | null"),
        (any_of(TEXT, NULL), any_of(TEXT, NUMBER, NULL), "type changed from null | string to integer | null | string"),
        (any_of(TEXT, NUMBER, NULL), any_of(TEXT, NULL), "type changed from integer | null | string to null | string"),
        (TEXT, any_of(TEXT, NULL), "type changed from string to null | string"),
        (any_of(TEXT, NULL), TEXT, "type changed from null | string to string"),
        (any_of(NUMBER, {"maxLength": 3}), NUMBER, "type changed from any | integer to integer"),
    ],
)  # fmt: skip
def test_other_alternatives_are_named_by_their_types(old: Schema, new: Schema, expected: str) -> None:
    assert said(field(old), field(new)) == [("/a", expected)]


def test_alternatives_of_one_type_are_compared_with_the_nearest() -> None:
    old = any_of({"format": "date", **TEXT}, {"format": "time", **TEXT}, {"format": "email", **TEXT})
    new = any_of({"format": "time", **TEXT}, {"format": "email", **TEXT}, {"format": "uri", **TEXT})
    assert said(field(old), field(new)) == [("/a", "format changed from 'date' to 'uri'")]


def test_two_alternatives_are_not_both_compared_with_one() -> None:
    old = any_of({"maxLength": 1, **TEXT}, {"maxLength": 2, **TEXT})
    new = any_of({"maxLength": 2, **TEXT}, {"maxLength": 3, **TEXT})
    assert said(field(old), field(new)) == [("/a", "maxLength changed from 1 to 3")]


def test_an_alternative_that_stayed_is_not_compared_with_one_that_grew() -> None:
    def with_fields(*names: str) -> Schema:
        return {"type": "object", "properties": dict.fromkeys(names, TEXT)}

    old, new = (
        any_of(with_fields("a"), with_fields("a", "b")),
        any_of(with_fields("a", "c"), with_fields("a", "b")),
    )
    assert said(field(old), field(new)) == []


def test_what_stands_beside_alternatives_is_compared_too() -> None:
    old, new = any_of(TEXT, NULL), {"maxLength": 3, **any_of(TEXT, NULL)}
    assert said(field(old), field(new)) == [("/a", "maxLength changed from None to 3")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (["a", "b"], ["a"], ['no longer allows "b"; events of before hold it']),
        (["a"], ["a", "b", "c"], ['now allows "b", "c"; earlier readers switch on the values']),
        (["a"], ["b"], ['no longer allows "a"; events of before hold it',
                        'now allows "b"; earlier readers switch on the values']),
        (None, ["a"], ["free text became an enumeration"]),
        (["a"], None, ["an enumeration became free text"]),
    ],
)  # fmt: skip
def test_what_an_enumeration_allows_is_compared_by_value(
    old: list[str] | None, new: list[str] | None, expected: list[str]
) -> None:
    before, after = (TEXT if values is None else {**TEXT, "enum": values} for values in (old, new))
    assert said(field(before), field(after)) == [("/a", what) for what in expected]
