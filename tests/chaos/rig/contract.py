"""The events of the rig: a step of a stream, and the echo that a consumer of steps publishes."""

from dataclasses import replace
from typing import ClassVar
from uuid import UUID

from koppel.contracts.event import Event
from koppel.contracts.topics import REPLAY_CONTROL, Topic

SERVICE = "chaos-svc"
SCHEMA = "platform"
ORGANISATION = UUID("0190c0de-0000-7000-8000-000000000001")
PARTITIONS = 3
RUN: dict[str, str] = {}
"""Where this run's broker is (`kafka`), for seeded bugs that publish by themselves."""


class Step(Event):
    """`op` is the operation that wrote it, unique in a run; `size` bytes of ballast come with it."""

    topic: ClassVar[Topic] = Topic(name="chaos.step", owner=SERVICE, partitions=PARTITIONS)

    stream: str
    op: str
    ballast: str = ""

    @property
    def key(self) -> str:
        return self.stream


class Echo(Event):
    """What a consumer of steps appends for each of them."""

    topic: ClassVar[Topic] = Topic(name="chaos.echo", owner=SERVICE, partitions=PARTITIONS)

    stream: str
    op: str

    @property
    def key(self) -> str:
        return self.stream


def use_topics(suffix: str) -> tuple[str, str]:
    """Give this run topics of its own; returns the names."""
    for event in (Step, Echo):
        name = f"chaos.{event.__name__.lower()}.{suffix}"
        event.topic = Topic(name=name, owner=SERVICE, partitions=PARTITIONS)
    return Step.topic.name, Echo.topic.name


def group_of(run: str) -> str:
    """The consumer group of a run's processes."""
    return f"chaos-{run}"


def control_topic(run: str) -> Topic:
    """What a run's processes say about replays; nobody else's words are among it."""
    return replace(REPLAY_CONTROL, name=f"{REPLAY_CONTROL.name}.{run}")


def step(stream: str, op: str, ballast: str = "") -> Step:
    return Step(organisation_id=ORGANISATION, stream=stream, op=op, ballast=ballast)
