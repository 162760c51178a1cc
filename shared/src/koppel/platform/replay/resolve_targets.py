"""The targets of a replay: our services and registered consumers by what they read, others by name."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from koppel.contracts.gate.expectations import expectations
from koppel.contracts.registry import BY_TYPE
from koppel.contracts.topics import SERVICES
from koppel.kernel.errors import FieldError, InvalidInput

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,199}")
_OURS = "-svc"


@dataclass(frozen=True, slots=True)
class Target:
    """`reports`: a service of ours, that runs dry and tells how far it is."""

    consumer: str
    topics: tuple[str, ...]
    reports: bool


@cache
def reads() -> Mapping[str, frozenset[str]]:
    """The topics that each registered consumer reads."""
    found: dict[str, set[str]] = defaultdict(set)
    for expectation in expectations():
        if (event := BY_TYPE.get(expectation.type)) is not None:
            found[expectation.consumer].add(event.topic.name)
    return {consumer: frozenset(topics) for consumer, topics in sorted(found.items())}


def is_consumer_name(name: str) -> bool:
    """Whether a replay topic may be named so; a name like our services' is one of them, and `all` is no name."""
    return (
        _NAME.fullmatch(name) is not None and name != "all" and (name in SERVICES or not name.endswith(_OURS))
    )


def is_known_by_its_replay_topic(name: str) -> bool:
    """Whether nothing here says that there is such a consumer: no service of ours, and not registered."""
    return is_consumer_name(name) and name not in reads()


def target_of(consumer: str, topics: Collection[str]) -> Target:
    """A consumer and what it gets of these topics; one that is not registered gets all it asked for."""
    read = reads().get(consumer)
    return Target(
        consumer,
        tuple(sorted(topics if read is None else read & set(topics))),
        consumer in SERVICES,
    )


def resolve(asked: Literal["all"] | Sequence[str], topics: Collection[str]) -> list[Target]:
    """The targets of a replay of these topics. Raises `InvalidInput`."""
    if asked == "all":
        found = [target for name in reads() if (target := target_of(name, topics)).topics]
        if not found:
            raise InvalidInput(
                "target_unknown",
                f"No registered consumer reads {', '.join(sorted(topics))}; name the consumer.",
                [FieldError("/target", "no registered consumer reads these topics")],
            )
        return found
    problems = [
        FieldError(f"/target/{number}", problem)
        for number, name in enumerate(asked)
        if (problem := _problem(name, topics)) is not None
    ]
    if problems:
        raise InvalidInput("target_unknown", problems[0].message, problems)
    return [target_of(name, topics) for name in dict.fromkeys(asked)]


def _problem(name: str, topics: Collection[str]) -> str | None:
    if not is_consumer_name(name):
        if name.endswith(_OURS):
            return f"There is no such service; known are {', '.join(reads())}."
        if name == "all":
            return 'All of them are asked for by "all" alone, not in a list.'
        return "A consumer's name is lower-case letters, digits, dots and hyphens."
    if not target_of(name, topics).topics:
        return f"{name} reads nothing of {', '.join(sorted(topics))}."
    return None
