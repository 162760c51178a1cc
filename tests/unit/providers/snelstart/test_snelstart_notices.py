"""SnelStart's unsigned notice of a key, read as a claim."""

from codecs import BOM_UTF8

import orjson
import pytest

from koppel.providers.failures import ProviderFailure
from koppel.providers.port import KeyNotice
from koppel.providers.snelstart.notices import notice_of

KEY = "canary-key" * 70


def body(**values: object) -> bytes:
    return orjson.dumps({"KoppelSleutel": KEY, "ActionType": "Create", "ReferenceKey": "ref-1"} | values)


def test_notice_is_read_with_its_three_fields() -> None:
    assert notice_of(body()) == KeyNotice("created", "ref-1", {"key": KEY})


@pytest.mark.parametrize(
    ("action", "meaning"),
    [
        ("Create", "created"),
        ("Regenerate", "replaced"),
        ("Delete", "deleted"),
        ("regenerate", "replaced"),
        ("DELETE", "deleted"),
    ],
)
def test_every_action_is_understood_in_any_case(action: str, meaning: str) -> None:
    assert notice_of(body(ActionType=action)).action == meaning


def test_a_byte_order_mark_is_passed_over() -> None:
    assert notice_of(BOM_UTF8 + body()) == notice_of(body())


def test_names_in_lower_camel_case_are_the_same() -> None:
    sent = {"koppelSleutel": KEY, "actionType": "Create", "referenceKey": "ref-1"}
    assert notice_of(orjson.dumps(sent)) == notice_of(body())


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"\xff\xfe",
        body(ActionType="Steal"),
        body(ActionType=None),
        body(KoppelSleutel=""),
        body(KoppelSleutel="k" * 2049),
        body(KoppelSleutel={"a": 1}),
        body(ReferenceKey=""),
        body(ReferenceKey="r" * 501),
        body(Padding="x" * 8192),
    ],
)
def test_anything_else_is_no_notice(sent: bytes) -> None:
    with pytest.raises(ProviderFailure, match="provider_bad_answer"):
        notice_of(sent)


def test_the_key_is_not_shown() -> None:
    assert "canary" not in repr(notice_of(body()))
