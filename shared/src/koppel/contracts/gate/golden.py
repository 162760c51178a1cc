"""Golden events: `golden/<Event>.v<n>/<revision>-<case>.json`, whole records as they are, or will be, on the topic.

Committed once and never rewritten. Whatever the models become, they read all of these; whatever a later revision adds
is like the case `unknown`: fields and attributes that nobody here knows.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from koppel.contracts.envelope import Envelope, encode, source_of
from koppel.contracts.event import Event
from koppel.contracts.gate.examples import examples
from koppel.contracts.gate.history import folder_of, revisions
from koppel.contracts.gate.samples import (
    LARGEST_INTEGER,
    Samples,
    largest,
    many,
    odd_text,
    smallest,
    stable_uuid,
)
from koppel.contracts.gate.schemas import Schema
from koppel.contracts.topics import EVERY_SERVICE

FOLDER = Path(__file__).parent.parent / "golden"

_MOMENT = datetime(2026, 3, 29, 1, 59, 59, 123456, tzinfo=UTC)
_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
_UNKNOWN = {
    "later_text": "x",
    "later_number": 1.5,
    "later_list": [{"later": None}],
    "later_object": {"a": {"b": []}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way in which an event may look."""

    name: str
    about: str
    optional: str = "given"
    leaf: Callable[[str, Schema], Any] | None = None
    items: int = 2
    version: int | None = 7
    whole_envelope: bool = True
    unknown: bool = False


CASES: tuple[Case, ...] = (
    Case(name="typical", about="every field given, as in an ordinary day"),
    Case(
        name="minimal", about="optional fields and headers left out", optional="absent", whole_envelope=False
    ),
    Case(
        name="nulls", about="optional fields present and null, as our publishers write them", optional="null"
    ),
    Case(name="odd-text", about="text that breaks careless readers", leaf=odd_text),
    Case(name="largest", about="the upper ends", leaf=largest, items=many(), version=LARGEST_INTEGER),
    Case(name="smallest", about="the lower ends, empty lists", leaf=smallest, items=0, version=1),
    Case(name="unknown", about="fields, objects and headers that nobody knows yet", unknown=True),
)


@dataclass(frozen=True, slots=True)
class Golden:
    """A committed record. `unknown`: it holds fields that its own revision's closed schema does not."""

    path: Path
    type: str
    revision: int
    about: str
    topic: str
    key: str
    headers: dict[str, str]
    value: dict[str, Any] = field(repr=False)
    unknown: bool

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def record(self) -> tuple[bytes, list[tuple[str, bytes]], bytes]:
        """Key, headers and value in bytes."""
        headers = [(name, text.encode()) for name, text in self.headers.items()]
        return self.key.encode(), headers, json.dumps(self.value, ensure_ascii=False).encode()


def golden(event: type[Event], root: Path = FOLDER) -> list[Golden]:
    """All committed records of one type and version, oldest revision first."""
    return [_read(path, event.type_name()) for path in sorted(folder_of(event, root).glob("*.json"))]


def typical(event: type[Event], root: Path = FOLDER) -> Golden | None:
    """The newest record of an ordinary day, as an example; None while nothing is committed."""
    found = [record for record in golden(event, root) if record.path.stem.endswith(f"-{CASES[0].name}")]
    return found[-1] if found else None


def write_missing(events: Iterable[type[Event]], schemas: Path, root: Path = FOLDER) -> Iterator[Path]:
    """Add records for revisions that have none; existing ones are never touched."""
    for event in events:
        history = revisions(event, schemas)
        yield from write_missing_of(event, history, root)
        yield from _write_missing_resources(event, len(history), root)


def write_missing_of(event: type[Event], history: list[Schema], root: Path) -> list[Path]:
    """The same for one event whose revisions are `history`."""
    number = len(history)
    folder = folder_of(event, root)
    if number == 0 or any(folder.glob(f"{number:03}-*.json")):
        return []
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for case in CASES:
        path = folder / f"{number:03}-{case.name}.json"
        text = json.dumps(build(event, history[-1], case), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        written.append(path)
    return written


def _write_missing_resources(event: type[Event], number: int, root: Path) -> Iterator[Path]:
    """A record that names its resource and shows its fields: of each resource the first example that there was."""
    for example in examples(event):
        folder = folder_of(event, root)
        if example.name == CASES[0].name or any(folder.glob(f"*-{example.name}.json")):
            continue
        path = folder / f"{number:03}-{example.name}.json"
        content = {
            "about": f"a record of the resource {example.name}, as it was published",
            "unknown": False,
            "topic": event.topic.name,
            "key": example.key,
            "headers": example.headers,
            "value": example.value,
        }
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        yield path


def build(event: type[Event], schema: Schema, case: Case) -> dict[str, Any]:
    """One record as its file has it."""
    seed = f"{event.type_name()}#{case.name}"
    value = Samples(seed, optional=case.optional, leaf=case.leaf, items=case.items).value(schema, schema)
    if "revision" in value and case.version is not None:
        value["revision"] = case.version  # a record's revision is its stream's version
    model = event.model_validate(value, extra="ignore")
    key = model.key
    headers = {name: text.decode() for name, text in encode(_envelope(model, case, seed))}
    if case.unknown:
        value = _with_unknown(value)
        headers |= {"ce_laterattribute": "äöü", "later-header": "1"}
    about = {"about": case.about, "unknown": case.unknown}
    return {**about, "topic": event.topic.name, "key": key, "headers": headers, "value": value}


def problems(event: type[Event], history: list[Schema], root: Path = FOLDER) -> Iterator[str]:
    """Committed records that the current model does not read as they were meant, and those that are missing."""
    found = golden(event, root)
    for number in range(1, len(history) + 1):
        if sum(record.revision == number for record in found) < len(CASES):
            yield f"{event.__name__}: golden events of revision {number} are missing; run `... gate write`"
    for record in found:
        if record.topic != event.topic.name:
            yield f"{record.name}: published on {record.topic}, now on {event.topic.name}"
        try:
            read = event.model_validate_json(record.record[2], extra="ignore")
        except ValidationError as error:
            places = ", ".join(".".join(map(str, item["loc"])) for item in error.errors(include_input=False))
            yield f"{record.name}: the model no longer reads {places}"
            continue
        if read.key != record.key:
            yield f"{record.name}: its stream was {record.key!r}, now {read.key!r}"


def _read(path: Path, type_name: str) -> Golden:
    content = json.loads(path.read_text(encoding="utf-8"))
    number = int(path.stem.partition("-")[0])
    about, unknown = content["about"], content["unknown"]
    place = content["topic"], content["key"], content["headers"], content["value"]
    return Golden(path, type_name, number, about, *place, unknown)


def _envelope(event: Event, case: Case, seed: str) -> Envelope:
    owner = event.topic.owner
    identity, whole = stable_uuid(seed, "id"), case.whole_envelope
    return Envelope(
        id=str(identity),
        type=event.type_name(),
        source="urn:example:invoice-reader" if owner == EVERY_SERVICE else source_of(owner),
        subject=event.key if whole else None,
        time=_MOMENT if whole else None,
        organisation_id=event.organisation_id,
        sequence=case.version,
        correlation_id=stable_uuid(seed, "conversation") if whole else None,
        causation_id=stable_uuid(seed, "cause") if whole else None,
        replay_id=stable_uuid(seed, "replay") if case.name == "largest" else None,
        traceparent=_TRACE if whole else None,
    )


def _with_unknown(value: Any) -> Any:
    """A later revision may add optional fields to any object of ours; free data is nobody's schema."""
    if isinstance(value, dict):
        return {
            name: _with_unknown(item) if name != "data" else item for name, item in value.items()
        } | _UNKNOWN
    return [_with_unknown(item) for item in value] if isinstance(value, list) else value
