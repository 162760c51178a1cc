"""CloudEvents 1.0 in Kafka's binary mode: attributes in `ce_` headers, the event's JSON as the value.

Source: CloudEvents Kafka protocol binding 1.0.2, §3.2; extensions `sequence`, `correlationid` and `causationid`
follow the CloudEvents extension documents, `organisationid` and `replayid` are ours. `traceparent` is the plain
W3C header.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, NoReturn
from uuid import UUID

from koppel.contracts.deprecation import headers_of_type
from koppel.kernel.errors import Permanent

Headers = Sequence[tuple[str, bytes]]

_SPEC_VERSION = ("ce_specversion", b"1.0")
_CONTENT_TYPE = ("content-type", b"application/json")
_HIGHEST = 2**63 - 1
"""What a version's column takes."""
_SHOWN = 100
"""Characters of a header's name in an error."""
_LONGEST_KEPT = 256
"""Bytes of what a cache keeps: an attribute can be as long as a record, and a cache keeps hundreds."""


class MalformedEvent(Permanent):
    """The bytes on the topic are not an event: parked, never looped over."""


class Envelope(NamedTuple):
    """What surrounds an event. `sequence` is the stream's version, absent for publishers that keep none.

    A named tuple: one is made for each event that passes, and this is a third of a frozen dataclass's price.
    """

    id: str
    type: str
    source: str
    subject: str | None
    time: datetime | None
    organisation_id: UUID | None
    sequence: int | None
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    replay_id: UUID | None = None
    traceparent: str | None = None


def encode(envelope: Envelope) -> list[tuple[str, bytes]]:
    """The Kafka headers of an event. On the relay's hot path, hence the plain ifs."""
    headers = [
        _SPEC_VERSION,
        _CONTENT_TYPE,
        ("ce_id", envelope.id.encode()),
        *headers_of_type(envelope.type),
        ("ce_source", envelope.source.encode()),
    ]
    add = headers.append
    if envelope.subject is not None:
        add(("ce_subject", envelope.subject.encode()))
    if envelope.time is not None:
        add(("ce_time", _time(envelope.time)))
    if envelope.organisation_id is not None:
        add(("ce_organisationid", _uuid(envelope.organisation_id)))
    if envelope.sequence is not None:
        add(("ce_sequence", b"%d" % envelope.sequence))
    if envelope.correlation_id is not None:
        add(("ce_correlationid", _uuid(envelope.correlation_id)))
    if envelope.causation_id is not None:
        add(("ce_causationid", _uuid(envelope.causation_id)))
    if envelope.replay_id is not None:
        add(("ce_replayid", str(envelope.replay_id).encode()))
    if envelope.traceparent is not None:
        add(("traceparent", envelope.traceparent.encode()))
    return headers


def decode(headers: Iterable[tuple[str, bytes | None]]) -> Envelope:
    """Read the headers back. Raises `MalformedEvent` naming the first header that does not hold.

    On every consumer's hot path, hence no loop over the headers, and caches of what events share; which header
    it was is only looked for when one does not hold.
    """
    found = dict(headers)
    try:
        plain = b"".join(found.values()).isascii()  # type: ignore[arg-type]  # a null value is the exception
    except TypeError:
        found, plain = {name: value or b"" for name, value in found.items()}, False
    get = found.get
    subject, time, organisation, sequence = (
        get("ce_subject"), get("ce_time"), get("ce_organisationid"), get("ce_sequence")
    )  # fmt: skip
    correlation, causation, replay, trace = (
        get("ce_correlationid"), get("ce_causationid"), get("ce_replayid"), get("traceparent")
    )  # fmt: skip
    try:
        if not plain:
            _look_at_attributes(found)
        if get("ce_specversion") != b"1.0":
            detail = "ce_specversion is not 1.0: this is no CloudEvent in binary mode."
            raise MalformedEvent("header_missing", detail)
        return Envelope(
            (get("ce_id") or _missing("ce_id")).decode(),
            _text(get("ce_type") or _missing("ce_type")),
            _text(get("ce_source") or _missing("ce_source")),
            None if subject is None else subject.decode(),
            None if time is None else _parse_time(time),
            None if organisation is None else _parse_uuid(organisation),
            None if sequence is None else _version(sequence),
            None if correlation is None else _parse_uuid(correlation),
            None if causation is None else _parse_uuid(causation),
            None if replay is None else _parse_uuid(replay),
            None if trace is None else trace.decode(),
        )
    except ValueError:
        raise MalformedEvent("header_invalid", _fault(found)) from None


def source_of(service: str) -> str:
    """The `ce_source` of a service of ours."""
    return f"urn:koppel:{service}"


def rfc3339(moment: datetime) -> str:
    """UTC with `Z`."""
    return moment.isoformat().replace("+00:00", "Z")


# The events of one transaction share organisation, cause and time: a page of a sync has a thousand of them.
@lru_cache(maxsize=512)
def _uuid(value: UUID) -> bytes:
    return str(value).encode()


@lru_cache(maxsize=512)
def _time(moment: datetime) -> bytes:
    return rfc3339(moment).encode()


def _text(value: bytes) -> str:
    return _kept_text(value) if len(value) <= _LONGEST_KEPT else value.decode()


@lru_cache(maxsize=512)
def _kept_text(value: bytes) -> str:
    return value.decode()


def _parse_uuid(value: bytes) -> UUID:
    return _kept_uuid(value) if len(value) <= _LONGEST_KEPT else UUID(value.decode())


@lru_cache(maxsize=512)
def _kept_uuid(value: bytes) -> UUID:
    return UUID(value.decode())


def _parse_time(value: bytes) -> datetime:
    return datetime.fromisoformat(value.decode())


def _version(value: bytes) -> int:
    version = int(value)
    if not 1 <= version <= _HIGHEST:
        raise ValueError(f"must be 1 to {_HIGHEST}, not {version}")
    return version


def _missing(name: str) -> NoReturn:
    raise MalformedEvent("header_missing", f"{name} is missing.")


def _look_at_attributes(found: Mapping[str, bytes | None]) -> None:
    """Those of others are not read, but an event's attributes must be text. Raises `UnicodeDecodeError`."""
    for name, value in found.items():
        if name.startswith("ce_"):
            (value or b"").decode()


_PARSERS: Mapping[str, Callable[[bytes], object]] = {
    "ce_time": _parse_time,
    "ce_organisationid": _parse_uuid,
    "ce_sequence": _version,
    "ce_correlationid": _parse_uuid,
    "ce_causationid": _parse_uuid,
    "ce_replayid": _parse_uuid,
}


def _fault(found: Mapping[str, bytes | None]) -> str:
    """Which header does not hold, and why; the caller knows that there is one."""
    ours = [
        (name, value or b"") for name, value in found.items() if name[:3] == "ce_" or name == "traceparent"
    ]
    for name, value in ours:
        try:
            value.decode()
        except UnicodeDecodeError:
            return f"{name[:_SHOWN]} is not UTF-8."
    for name, value in ours:
        try:
            _PARSERS.get(name, bytes.decode)(value)
        except ValueError:
            return f"{name} does not parse."  # what it holds may be anybody's secret
    raise AssertionError("all headers hold")
