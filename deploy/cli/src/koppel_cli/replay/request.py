"""What a plan asks for, and whom, from what was typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from koppel_cli.failure import CommandFailed
from koppel_cli.operations import Json
from koppel_cli.topics import OWNER_OF_TOPIC, RECORD_OWNER, owner_of_type

STREAM = "--stream"
_BETWEEN = "\0"
"""Between the words of a stream; no argument can hold it."""
_STREAM_WORDS = (2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The options of `koppel replay plan`. A stream is its words with `\\0` between."""

    streams: Sequence[str] = ()
    organisation: UUID | None = None
    administrations: Sequence[UUID] = ()
    types: Sequence[str] = ()
    from_: str | None = None
    to: str | None = None
    parked_only: bool = False
    targets: Sequence[str]
    mode: str = "repair"
    rate: int | None = None
    reason: str


def folded_streams(arguments: Sequence[str]) -> list[str]:
    """The words that follow `--stream`, up to the next option, as one."""
    folded: list[str] = []
    taking = False
    for word in arguments:
        if word.startswith("--") or not taking or folded[-1] == STREAM:
            folded.append(word)
        else:
            folded[-1] += _BETWEEN + word
        taking = word == STREAM or (taking and not word.startswith("--"))
    return folded


def request(chosen: Chosen) -> Json:
    """The body of `POST /ops/v1/replays`. Raises `CommandFailed` for a stream that is none."""
    conditions = {
        "organisation_id": chosen.organisation and str(chosen.organisation),
        "administration_ids": [str(each) for each in chosen.administrations] or None,
        "types": list(chosen.types) or None,
        "from": chosen.from_,
        "to": chosen.to,
        "streams": [_stream(words.split(_BETWEEN)) for words in chosen.streams] or None,
        "parked_only": chosen.parked_only or None,
    }
    body = {
        "filter": {name: value for name, value in conditions.items() if value is not None},
        "target": "all" if list(chosen.targets) == ["all"] else list(chosen.targets),
        "mode": chosen.mode,
        "reason": chosen.reason,
    }
    return body if chosen.rate is None else {**body, "rate": chosen.rate}


def owner(chosen: Chosen) -> str:
    """The service that logged these events. Raises `CommandFailed` unless it is one."""
    topics = {words.split(_BETWEEN)[0] for words in chosen.streams}
    owners = {OWNER_OF_TOPIC[topic] for topic in topics if topic in OWNER_OF_TOPIC}
    owners |= {found for name in chosen.types if (found := owner_of_type(name))}
    if chosen.mode == "snapshot":
        owners = {RECORD_OWNER}
    if len(owners) != 1:
        having = (f"{owner} has {topic}" for topic, owner in OWNER_OF_TOPIC.items())
        raise _wrong(f"Say with --service whose events these are: {', '.join(having)}.")
    return owners.pop()


def _stream(words: Sequence[str]) -> Json:
    if len(words) not in _STREAM_WORDS:
        raise _wrong("A stream is a topic and a key, and perhaps versions like 3-7.")
    stream: Json = {"topic": words[0], "key": words[1]}
    if len(words) == _STREAM_WORDS[1]:
        first, hyphen, last = words[2].partition("-")
        for name, version in (("from_version", first), ("to_version", last if hyphen else first)):
            if version and not version.isdecimal():
                raise _wrong(f"{words[2]} is no range of versions like 3-7, 3- or -7.")
            if version:
                stream[name] = int(version)
    return stream


def _wrong(detail: str) -> CommandFailed:
    return CommandFailed("wrong_arguments", detail, hint="`koppel replay plan --help` has examples.")
