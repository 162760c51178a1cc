"""Decides what to do with a decoded record, from its stream's position alone. Pure. Order per stream rests on this."""

from enum import Enum, auto

from koppel.contracts.topics import BY_NAME, Carries
from koppel.platform.consumer.decode import DecodedRecord


class Decision(Enum):
    """SKIP: already applied. APPLY: its turn. HOLD: a predecessor is missing or parked. PARK: it is no event.

    CONFLICT: its version was applied, and by another event.
    """

    SKIP = auto()
    APPLY = auto()
    HOLD = auto()
    PARK = auto()
    CONFLICT = auto()


def decide(record: DecodedRecord, position: int, *, parked: bool, event: str | None = None) -> Decision:
    """`position` is the last version applied of the record's stream, `event` the digest of the event that it was, if known;
    `parked` says that one of its events waits."""
    version = record.version
    if version is not None and version <= position:
        return Decision.SKIP if version < position or record.may_be(event) else Decision.CONFLICT
    if version is None:
        if record.fault is not None:
            return Decision.PARK  # it has no place in the order that it could wait for
        return Decision.HOLD if parked else Decision.APPLY
    # A newer state supersedes whatever came before it, parked or missing. A step waits its turn even when it is
    # no event: parked ahead of its predecessors, it could be dealt with before them and their turn would be lost.
    if (parked or version > position + 1) and not carries_state(record.raw.topic):
        return Decision.HOLD
    return Decision.APPLY if record.fault is None else Decision.PARK


def carries_state(topic: str) -> bool:
    """Whether a newer event of the topic supersedes the ones before it."""
    return topic in BY_NAME and BY_NAME[topic].carries is Carries.STATE
