"""`koppel replay plan`."""

import argparse
import time
from uuid import uuid4

from koppel.contracts.registry import BY_TYPE
from koppel.contracts.topics import BY_NAME, RECORD
from koppel_cli.operations import Json, services
from koppel_cli.output import say
from koppel_cli.replay.render import show
from koppel_local.failure import SetupFailed

_STREAM_WORDS = (2, 3)
_LOOK_EVERY = 1.0
_PATIENCE = 60.0


def plan(arguments: argparse.Namespace) -> int:
    """Exit code 0 when every target has reported what it would do."""
    body = _body(arguments)
    service = services(_owner(arguments))[0]
    replay = service.post("/ops/v1/replays", body, headers={"Idempotency-Key": str(uuid4())})
    waited = 0.0
    while replay["state"] == "planning" and waited < _PATIENCE:
        say(f"waiting for the plan of {', '.join(replay['waiting_for'])}")
        time.sleep(_LOOK_EVERY)
        waited += _LOOK_EVERY
        replay = service.get(f"/ops/v1/replays/{replay['id']}")
    show(replay, as_json=arguments.json)
    if replay["state"] != "planned":
        return 1
    if not arguments.json:
        say(f"`koppel replay start {replay['id']} --follow` carries it out.")
    return 0


def _body(arguments: argparse.Namespace) -> Json:
    conditions = {
        "organisation_id": arguments.organisation and str(arguments.organisation),
        "administration_ids": arguments.administration and [str(each) for each in arguments.administration],
        "types": arguments.type,
        "from": arguments.from_,
        "to": arguments.to,
        "streams": arguments.stream and [_stream(words) for words in arguments.stream],
        "parked_only": arguments.parked_only or None,
    }
    body = {
        "filter": {name: value for name, value in conditions.items() if value is not None},
        "target": "all" if arguments.target == ["all"] else arguments.target,
        "mode": arguments.mode,
        "reason": arguments.reason,
    }
    return body if arguments.rate is None else {**body, "rate": arguments.rate}


def _stream(words: list[str]) -> Json:
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


def _owner(arguments: argparse.Namespace) -> str:
    if arguments.service:
        return str(arguments.service)
    owners = {topic.owner for stream in arguments.stream or () if (topic := BY_NAME.get(stream[0]))}
    owners |= {event.topic.owner for name in arguments.type or () if (event := BY_TYPE.get(name))}
    if arguments.mode == "snapshot":
        owners = {RECORD.owner}
    if len(owners) != 1:
        raise _wrong("Say with --service whose events these are: " + ", ".join(_owners()) + ".")
    return owners.pop()


def _owners() -> list[str]:
    return [f"{topic.owner} has {name}" for name, topic in BY_NAME.items() if topic.owner.endswith("-svc")]


def _wrong(detail: str) -> SetupFailed:
    return SetupFailed("wrong_arguments", detail, hint="`koppel replay plan --help` has examples.")
