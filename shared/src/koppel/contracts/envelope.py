"""CloudEvents 1.0 in Kafka's binary mode: attributes in `ce_` headers, the event's JSON as the value.

Source: CloudEvents Kafka protocol binding 1.0.2, §3.2; extensions `sequence`, `correlationid` and `causationid`
follow the CloudEvents extension documents, `organisationid` and `replayid` are ours. `traceparent` is the plain
W3C header.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NoReturn, TypeVar
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
    """Read the headers back. Raises `MalformedEvent` naming the first header that does not hold.

    On every consumer's hot path, hence one decoding of all values and the caches of what events share.
    """
    ours = [(name, value or b"") for name, value in headers if name[:3] == "ce_" or name == "traceparent"]
    try:
        found = {name: value.decode() for name, value in ours}
    except UnicodeDecodeError:
        raise MalformedEvent("header_invalid", f"{_no_utf8(ours)} is not UTF-8.") from None
    get = found.get
    if get("ce_specversion") != "1.0":
        raise MalformedEvent(
            "header_missing", "ce_specversion is not 1.0: this is no CloudEvent in binary mode."
        )
    try:
        return Envelope(
            id=get("ce_id") or _missing("ce_id"),
            type=get("ce_type") or _missing("ce_type"),
            source=get("ce_source") or _missing("ce_source"),
            subject=get("ce_subject"),
            time=_parsed(found, "ce_time", _parse_time),
            organisation_id=_parsed(found, "ce_organisationid", _parse_uuid),
            sequence=_parsed(found, "ce_sequence", _version),
            correlation_id=_parsed(found, "ce_correlationid", _parse_uuid),
            causation_id=_parsed(found, "ce_causationid", _parse_uuid),
            replay_id=_parsed(found, "ce_replayid", _parse_uuid),
            traceparent=get("traceparent"),
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


@lru_cache(maxsize=512)
def _parse_uuid(text: str) -> UUID:
    return UUID(text)


@lru_cache(maxsize=512)
def _parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _no_utf8(headers: Iterable[tuple[str, bytes]]) -> str:
    """The first name whose value is none; the caller knows that there is one."""
    return next(name for name, value in headers if value.decode(errors="ignore").encode() != value)


def _missing(name: str) -> NoReturn:
    raise MalformedEvent("header_missing", f"{name} is missing.")


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
