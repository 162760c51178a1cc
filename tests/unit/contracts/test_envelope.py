"""The wire form of an event's environment, header by header, and what is told of one that does not hold."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from koppel.contracts.envelope import Envelope, MalformedEvent, decode, encode, rfc3339, source_of

ORGANISATION, CAUSE, WHOLE, REPLAY = (UUID(int=number) for number in range(1, 5))
FULL = Envelope(
    id="e-1",
    type="nl.koppel.Nothing.v1",
    source="urn:koppel:import-svc",
    subject="key",
    time=datetime(2026, 3, 29, 1, 0, 0, 120_000, tzinfo=UTC),
    organisation_id=ORGANISATION,
    sequence=7,
    correlation_id=WHOLE,
    causation_id=CAUSE,
    replay_id=REPLAY,
    traceparent="00-11111111111111111111111111111111-2222222222222222-01",
)
WIRE: dict[str, bytes | None] = {
    "ce_specversion": b"1.0",
    "content-type": b"application/json",
    "ce_id": b"e-1",
    "ce_type": b"nl.koppel.Nothing.v1",
    "ce_source": b"urn:koppel:import-svc",
    "ce_subject": b"key",
    "ce_time": b"2026-03-29T01:00:00.120000Z",
    "ce_organisationid": b"00000000-0000-0000-0000-000000000001",
    "ce_sequence": b"7",
    "ce_correlationid": b"00000000-0000-0000-0000-000000000003",
    "ce_causationid": b"00000000-0000-0000-0000-000000000002",
    "ce_replayid": b"00000000-0000-0000-0000-000000000004",
    "traceparent": b"00-11111111111111111111111111111111-2222222222222222-01",
}
NEEDED = ("ce_specversion", "ce_id", "ce_type", "ce_source")
PARSED = (
    "ce_time",
    "ce_organisationid",
    "ce_sequence",
    "ce_correlationid",
    "ce_causationid",
    "ce_replayid",
)
TEXTS = ("ce_id", "ce_type", "ce_source", "ce_subject", "traceparent", "ce_of_others")
OPTIONAL = [name for name in WIRE if name not in (*NEEDED, "content-type")]


def refused(headers: Mapping[str, bytes | None]) -> tuple[str, str]:
    with pytest.raises(MalformedEvent) as raised:
        decode(headers.items())
    return raised.value.code, raised.value.detail


def test_every_attribute_has_its_header_in_this_form() -> None:
    assert dict(encode(FULL)) == WIRE


def test_an_envelope_comes_back_as_it_was() -> None:
    assert decode(encode(FULL)) == FULL
    assert decode(WIRE.items()) == FULL


def test_what_an_envelope_lacks_has_no_header_and_is_absent_when_read() -> None:
    bare = Envelope(FULL.id, FULL.type, FULL.source, None, None, None, None)
    headers = dict(encode(bare))
    assert headers.keys() == {*NEEDED, "content-type"}
    assert decode(headers.items()) == bare


@pytest.mark.parametrize("name", OPTIONAL)
def test_each_optional_header_may_be_absent_alone(name: str) -> None:
    read = decode((header, value) for header, value in WIRE.items() if header != name)
    assert [place for place, (one, other) in enumerate(zip(read, FULL, strict=True)) if one != other] == [
        list(WIRE).index(name) - list(WIRE).index("ce_id")
    ]


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("value", [None, b""])
def test_a_needed_header_that_is_absent_or_empty_is_named(name: str, value: bytes | None) -> None:
    code, detail = refused({header: held for header, held in WIRE.items() if header != name})
    assert code == "header_missing"
    assert detail.startswith(f"{name} ")
    assert refused(WIRE | {name: value}) == (code, detail)


def test_another_version_of_cloudevents_is_refused() -> None:
    assert refused(WIRE | {"ce_specversion": b"0.3"})[0] == "header_missing"


@pytest.mark.parametrize("name", PARSED)
@pytest.mark.parametrize("value", [b"canary", b"", "\N{LATIN SMALL LETTER E WITH ACUTE}".encode(), None])
def test_a_header_that_does_not_parse_is_named_without_what_it_holds(name: str, value: bytes | None) -> None:
    assert refused(WIRE | {name: value}) == ("header_invalid", f"{name} does not parse.")


@pytest.mark.parametrize("name", [*TEXTS, *PARSED])
def test_a_header_that_is_no_text_is_named(name: str) -> None:
    assert refused(WIRE | {name: b"\xff"}) == ("header_invalid", f"{name} is not UTF-8.")


def test_the_first_header_that_does_not_hold_is_named() -> None:
    broken = {"ce_specversion": b"1.0", "ce_causationid": b"no id", "ce_time": b"never"}
    assert refused(broken | {name: WIRE[name] for name in ("ce_id", "ce_type", "ce_source")}) == (
        "header_invalid",
        "ce_causationid does not parse.",
    )


def test_only_headers_of_an_event_are_blamed() -> None:
    assert refused({"x-other": b"\xff"} | WIRE | {"ce_time": b"never"}) == (
        "header_invalid",
        "ce_time does not parse.",
    )


def test_a_null_is_an_empty_text_and_excuses_no_other_header() -> None:
    assert decode((WIRE | {"ce_subject": None}).items()).subject == ""
    assert refused(WIRE | {"x-other": None, "ce_of_others": b"\xff"}) == (
        "header_invalid",
        "ce_of_others is not UTF-8.",
    )


def test_the_name_of_a_header_is_shown_in_part() -> None:
    _, detail = refused(WIRE | {f"ce_{'x' * 500}": b"\xff"})
    assert detail == f"ce_{'x' * 97} is not UTF-8."


@pytest.mark.parametrize("value", [b"\xff", None])
def test_headers_of_others_are_nobodys_business(value: bytes | None) -> None:
    assert decode({**WIRE, "cef": value, "x-other": value}.items()) == FULL


def test_a_text_may_have_any_letters() -> None:
    assert decode((WIRE | {"ce_subject": "één".encode(), "ce_type": "soort é".encode()}).items()) == (
        FULL._replace(subject="één", type="soort é")
    )


def test_a_text_of_any_length_is_read_whole() -> None:
    for length in (256, 257, 5000):
        assert decode((WIRE | {"ce_type": b"t" * length}).items()).type == "t" * length


@pytest.mark.parametrize(
    ("sent", "version"),
    [(b"1", 1), (b"9223372036854775807", 2**63 - 1), (b"0", None), (b"-1", None), (b"9223372036854775808", None)],
)  # fmt: skip
def test_a_version_is_a_positive_number_that_a_column_takes(sent: bytes, version: int | None) -> None:
    headers = WIRE | {"ce_sequence": sent}
    if version is None:
        assert refused(headers)[0] == "header_invalid"
    else:
        assert decode(headers.items()).sequence == version


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29T01:00:00Z"),
        (datetime(2026, 3, 29, 1, 0, 0, 5, tzinfo=UTC), "2026-03-29T01:00:00.000005Z"),
    ],
)
def test_a_time_is_utc_with_a_z(moment: datetime, text: str) -> None:
    assert rfc3339(moment) == text
    assert dict(encode(FULL._replace(time=moment)))["ce_time"] == text.encode()
    assert decode((WIRE | {"ce_time": text.encode()}).items()).time == moment


def test_a_time_of_others_may_have_another_zone() -> None:
    read = decode((WIRE | {"ce_time": b"2026-03-29T03:00:00+02:00"}).items()).time
    assert read == datetime(2026, 3, 29, 3, 0, tzinfo=timezone(timedelta(hours=2)))


def test_a_source_of_ours_names_the_service() -> None:
    assert source_of("sync-svc") == "urn:koppel:sync-svc"
