"""AsyncAPI 3.0 documents, one a service: what it publishes and what it reads, from the registry alone."""

from typing import Any

from koppel.contracts.deprecation import headers_of_type
from koppel.contracts.event import Event
from koppel.contracts.gate.examples import examples
from koppel.contracts.gate.expectations import expectations
from koppel.contracts.gate.facts import key_template
from koppel.contracts.reader import inlined, reader_schema
from koppel.contracts.registry import BY_TYPE, EVENTS
from koppel.contracts.topics import EVERY_SERVICE, Topic

PARTITIONING = (
    "Whoever publishes sets the key and puts the record on partition CRC-32(key) modulo the number of partitions"
    " (the unsigned CRC of zlib; librdkafka's `partitioner=consistent`): with another partitioner,"
    " such as the Java client's, events of one key lie on two partitions and their order is lost."
)
"""What publishers besides ours have to know; ours do it in the relay."""
HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0 attributes in Kafka's binary mode; all values are UTF-8 text.",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "content-type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {
            "type": "string",
            "format": "uuid",
            "description": "the event; the same when it is delivered again",
        },
        "ce_type": {"type": "string", "description": "the name of the event with its version"},
        "ce_source": {
            "type": "string",
            "description": "who published it; a service of ours is `urn:koppel:<service>`",
        },
        "ce_subject": {"type": "string", "description": "the stream's key"},
        "ce_time": {"type": "string", "format": "date-time", "description": "when it was written to the log"},
        "ce_organisationid": {
            "type": "string",
            "format": "uuid",
            "description": "the organisation that it is about",
        },
        "ce_sequence": {
            "type": "string",
            "description": "the stream's version, from 1, rising by exactly one",
        },
        "ce_correlationid": {
            "type": "string",
            "format": "uuid",
            "description": "the conversation: shared by all that one call or job led to",
        },
        "ce_causationid": {
            "type": "string",
            "format": "uuid",
            "description": "the `ce_id` of the event that led to this one; absent when a call or a job did",
        },
        "ce_deprecated": {"const": "true", "description": "present on types that are going away only"},
        "ce_deprecationfrom": {
            "type": "string",
            "format": "date-time",
            "description": "from when to move to another type",
        },
        "ce_deprecationsunset": {
            "type": "string",
            "format": "date-time",
            "description": "after it the type may go",
        },
        "ce_deprecationmigration": {
            "type": "string",
            "format": "uri",
            "description": "names the type to move to",
        },
        "ce_replayid": {"type": "string", "format": "uuid", "description": "present on replayed events only"},
        "traceparent": {"type": "string", "description": "W3C trace context"},
        "content-type": {"const": "application/json"},
    },
}


def asyncapi(service: str, version: str) -> dict[str, Any]:
    """The document of one service, as served under `/asyncapi.json`."""
    sends = [event for event in EVENTS if event.topic.owner in (service, EVERY_SERVICE)]
    receives = [BY_TYPE[e.type] for e in expectations() if e.consumer == service]
    events = list(dict.fromkeys([*sends, *receives]))
    topics = list(dict.fromkeys(event.topic for event in events))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": service,
            "version": version,
            "description": f"Events that {service} publishes and reads.",
        },
        "defaultContentType": "application/json",
        "channels": {
            _name(topic): _channel(topic, [e for e in events if e.topic is topic]) for topic in topics
        },
        "operations": {
            **{f"publish-{_name(topic)}": _operation("send", topic, sends) for topic in _topics_of(sends)},
            **{
                f"read-{_name(topic)}": _operation("receive", topic, receives)
                for topic in _topics_of(receives)
            },
        },
        "components": {"messages": {_message_name(event): _message(event) for event in events}},
    }


def _topics_of(events: list[type[Event]]) -> list[Topic]:
    return list(dict.fromkeys(event.topic for event in events))


def _name(topic: Topic) -> str:
    return topic.name.replace(".", "-")


def _message_name(event: type[Event]) -> str:
    return f"{event.__name__}.v{event.version}".replace(".", "-")


def _channel(topic: Topic, events: list[type[Event]]) -> dict[str, Any]:
    names = [_message_name(event) for event in events]
    owned = "Of every service" if topic.owner == EVERY_SERVICE else f"Owned by {topic.owner}"
    return {
        "address": topic.name,
        "description": f"{owned}; carries {topic.carries}. Order holds per key. {PARTITIONING}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {"topic": topic.name, "partitions": topic.partitions, "bindingVersion": "0.5.0"}
        },
    }


def _operation(action: str, topic: Topic, events: list[type[Event]]) -> dict[str, Any]:
    channel = f"#/channels/{_name(topic)}"
    names = [_message_name(event) for event in events if event.topic is topic]
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in names],
    }


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.type_name(),
        "title": event.__name__,
        "summary": " ".join((event.__doc__ or "").strip().split("\n\n")[0].split()),
        "contentType": "application/json",
        "headers": _headers(event),
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-07",
            "schema": inlined(reader_schema(event)),
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": key_template(event)}}},
        **_examples(event),
        **_deprecation(event),
    }


def _headers(event: type[Event]) -> dict[str, Any]:
    """The attributes of every event, with what this type says of itself."""
    own = {name: {"const": text.decode()} for name, text in headers_of_type(event.type_name())}
    return {**HEADERS, "properties": {**HEADERS["properties"], **own}}


def _examples(event: type[Event]) -> dict[str, Any]:
    found = [{"name": one.name, "headers": one.headers, "payload": one.value} for one in examples(event)]
    return {"examples": found} if found else {}


def _deprecation(event: type[Event]) -> dict[str, Any]:
    if event.deprecated is None:
        return {}
    told = {
        "deprecated": True,
        "x-deprecated-since": event.deprecated.isoformat(),
        "x-sunset": event.sunset and event.sunset.isoformat(),
        "x-replaced-by": event.replaced_by,
    }
    return {name: value for name, value in told.items() if value is not None}
