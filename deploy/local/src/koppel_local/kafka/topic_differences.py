"""How the topics of a broker differ from those of the contracts, and how they are brought in line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code

from koppel.contracts.topics import Topic
from koppel.platform.aiokafka_internals import ConfigResource, ConfigResourceType
from koppel.platform.kafka.access import Kafka
from koppel_local.kafka.admin import admin_of
from koppel_local.kafka.topics import NEEDED, configuration, create_missing
from koppel_local.threads import run_in_thread

PARTITIONS = "partitions"
_WHAT = "look at the topics"
_HINT = "Is the broker up, does KOPPEL_KAFKA_BOOTSTRAP_SERVERS name it, and may this user describe topics?"
_OF_THE_TOPIC = 1
"""Where a setting comes from: the topic itself, not the broker's default."""

Described = Mapping[str, tuple[int, Mapping[str, str], Mapping[str, str]]]
"""By topic: its partitions, every setting in force, and those set for the topic itself."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`setting` is `partitions` or a topic setting; the whole topic is missing where it is empty."""

    topic: str
    setting: str
    wanted: str
    found: str

    def __str__(self) -> str:
        if not self.setting:
            return f"{self.topic} is missing"
        return f"{self.topic} has {self.setting} {self.found}, wanted is {self.wanted}"


def differences(kafka: Kafka, topics: Sequence[Topic] = NEEDED) -> list[Difference]:
    """What differs now; changes nothing. Raises `SetupFailed`."""
    return run_in_thread(_differences(kafka, topics))


def apply_topics(kafka: Kafka, topics: Sequence[Topic] = NEEDED) -> tuple[list[Difference], list[Difference]]:
    """Make what is missing and set what differs; returns what was done and what was left.

    Partitions are left: more of them would send a key elsewhere than before, and its order would be lost.
    Raises `SetupFailed`.
    """
    return run_in_thread(_apply(kafka, topics))


async def _apply(kafka: Kafka, topics: Sequence[Topic]) -> tuple[list[Difference], list[Difference]]:
    before = await _differences(kafka, topics)
    await create_missing(kafka, topics)
    changed = {each.topic for each in before if each.setting not in {"", PARTITIONS}}
    if changed:
        await _set(kafka, [topic for topic in topics if topic.name in changed])
    left = await _differences(kafka, topics)
    return [each for each in before if each not in left], left


async def _differences(kafka: Kafka, topics: Sequence[Topic]) -> list[Difference]:
    described = await _describe(kafka, topics)
    return [each for topic in topics for each in _differing(topic, described)]


def _differing(topic: Topic, described: Described) -> Iterator[Difference]:
    if topic.name not in described:
        yield Difference(topic.name, "", "", "")
        return
    partitions, in_force, _ = described[topic.name]
    if partitions != topic.partitions:
        yield Difference(topic.name, PARTITIONS, str(topic.partitions), str(partitions))
    for setting, wanted in configuration(topic).items():
        if in_force.get(setting) != wanted:
            yield Difference(topic.name, setting, wanted, str(in_force.get(setting)))


async def _describe(kafka: Kafka, topics: Sequence[Topic]) -> Described:
    async with admin_of(kafka, _WHAT, _HINT) as admin:
        existing = set(await admin.list_topics())
        names = [topic.name for topic in topics if topic.name in existing]
        if not names:
            return {}
        shapes = {each["topic"]: len(each["partitions"]) for each in await admin.describe_topics(names)}
        settings = await _settings(admin, names)
    return {name: (shapes[name], *settings[name]) for name in names}


async def _settings(
    admin: AIOKafkaAdminClient, names: Sequence[str]
) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found = {}
    for answer in await admin.describe_configs(asked):
        for code, message, _, name, entries in answer.resources:
            if code:
                raise for_code(code)(message)
            # Name, value, read-only, where it comes from, …
            in_force = {entry[0]: entry[1] for entry in entries}
            own = {entry[0]: entry[1] for entry in entries if entry[3] == _OF_THE_TOPIC}
            found[name] = (in_force, own)
    return found


async def _set(kafka: Kafka, topics: Sequence[Topic]) -> None:
    """The call replaces all of a topic's own settings, so those that are there go with it."""
    described = await _describe(kafka, topics)
    async with admin_of(kafka, _WHAT, _HINT) as admin:
        for answer in await admin.alter_configs(
            [
                ConfigResource(
                    ConfigResourceType.TOPIC,
                    topic.name,
                    configs={**described[topic.name][2], **configuration(topic)},
                )
                for topic in topics
            ]
        ):
            for code, message, *_ in answer.resources:
                if code:
                    raise for_code(code)(message)
