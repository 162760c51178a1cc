"""CloudEvents 1.0 in Kafka's binary mode: attributes in `ce_` headers, the event's JSON as the value.

Source: CloudEvents Kafka protocol binding 1.0.2, §3.2; extensions `sequence`, `correlationid` and `causationid`
follow the CloudEvents extension documents, `organisationid` and `replayid` are ours. `traceparent` is the plain
W3C header.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from koppel.contracts.deprecation import headers_of_type
from koppel.kernel.errors import Permanent

T = TypeVar("T")
Headers = Sequence[tuple[str, bytes]]

_SPEC_VERSION = ("ce_specversion", b"1.0")
_CONTENT_TYPE = ("content-type", b"application/json")


class MalformedEvent(Permanent):
    """The bytes on the topic are not an event: parked, never looped over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What surrounds an event. `sequence` is the stream's version, absent for publishers that keep none."""

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
    """Read the headers back. Raises `MalformedEvent` naming the first header that does not hold."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name.startswith("ce_") or name == "traceparent":
            found[name] = _utf8(name, value)
    if found.get("ce_specversion") != "1.0":
        raise MalformedEvent(
            "header_missing", "ce_specversion is not 1.0: this is no CloudEvent in binary mode."
        )
    try:
        return Envelope(
            id=_required(found, "ce_id"),
            type=_required(found, "ce_type"),
            source=_required(found, "ce_source"),
            subject=found.get("ce_subject"),
            time=_parsed(found, "ce_time", datetime.fromisoformat),
            organisation_id=_parsed(found, "ce_organisationid", UUID),
            sequence=_parsed(found, "ce_sequence", _version),
            correlation_id=_parsed(found, "ce_correlationid", UUID),
            causation_id=_parsed(found, "ce_causationid", UUID),
            replay_id=_parsed(found, "ce_replayid", UUID),
            traceparent=found.get("traceparent"),
        )
    except ValueError as error:
        raise MalformedEvent("header_invalid", str(error)) from error


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


def _utf8(name: str, value: bytes | None) -> str:
    try:
        return (value or b"").decode()
    except UnicodeDecodeError as error:
        raise MalformedEvent("header_invalid", f"{name} is not UTF-8.") from error


def _required(found: dict[str, str], name: str) -> str:
    if not (value := found.get(name)):
        raise MalformedEvent("header_missing", f"{name} is missing.")
    return value


def _parsed(found: dict[str, str], name: str, parse: Callable[[str], T]) -> T | None:
    if (text := found.get(name)) is None:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"{name} does not parse: {error}") from error


def _version(text: str) -> int:
    version = int(text)
    if version < 1:
        raise ValueError(f"must be 1 or more, not {version}")
    return version
