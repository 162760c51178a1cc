"""The judge: pure functions from evidence to violations. Compares sets and orders, never counts alone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.chaos.rig.evidence import Evidence, Logged, Outcome, Seen


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise: the check's name and what was seen."""

    check: str
    detail: str

    def __str__(self) -> str:
        return f"{self.check}: {self.detail}"


class Broken(AssertionError):
    """Raised by scenarios; `check` names what caught it."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.check = violations[0].check
        super().__init__("\n".join(str(violation) for violation in violations[:20]))


def judge(evidence: Evidence) -> list[Violation]:
    """All violations, the plainest first."""
    checks = (
        acknowledged_but_missing,
        refused_but_there,
        gapless_log,
        lost_on_the_way,
        ghosts,
        two_readers_agree,
        order_on_the_topic,
        effects_once,
        order_of_effects,
        offsets_past_unfinished_work,
        not_drained,
    )
    return [violation for check in checks for violation in check(evidence)]


def demand(evidence: Evidence) -> None:
    """Raises `Broken` unless everything holds."""
    if violations := judge(evidence):
        raise Broken(violations)


def acknowledged_but_missing(evidence: Evidence) -> Iterator[Violation]:
    """A writer was told that it committed, and the log does not have it; or the log has it twice."""
    times = Counter(row.op for row in evidence.log if row.op in evidence.history)
    for op, outcome in evidence.history.items():
        if outcome is Outcome.OK and times[op] == 0:
            yield Violation("acknowledged but missing", op)
        if times[op] > 1:
            yield Violation("written twice", f"{op}: {times[op]} rows")


def refused_but_there(evidence: Evidence) -> Iterator[Violation]:
    """Rolled back, and in the log nevertheless."""
    for row in evidence.log:
        if evidence.history.get(row.op) is Outcome.FAIL:
            yield Violation("rolled back but there", f"{row.op} as version {row.version} of {row.key}")


def gapless_log(evidence: Evidence) -> Iterator[Violation]:
    """Versions of every stream are 1..n."""
    for stream, rows in _streams(evidence.log).items():
        versions = sorted(row.version for row in rows)
        if versions != list(range(1, len(versions) + 1)):
            yield Violation("versions with gaps", f"{stream}: {_short(versions)}")


def lost_on_the_way(evidence: Evidence) -> Iterator[Violation]:
    """Committed, and not on the topic, or without an effect at a consumer that reads it."""
    for number, reading in enumerate(evidence.readings, 1):
        there = {seen.event_id for seen in reading}
        for row in evidence.log:
            if row.event_id not in there:
                yield Violation(
                    "lost before the topic", f"reader {number} misses {row.key} version {row.version}"
                )
    applied = {(effect.consumer, effect.event_id) for effect in evidence.effects}
    for consumer, topics in evidence.consumers.items():
        for row in evidence.log:
            if row.topic in topics and (consumer, row.event_id) not in applied:
                yield Violation(
                    "lost before the effect", f"{consumer} never applied {row.key} version {row.version}"
                )


def ghosts(evidence: Evidence) -> Iterator[Violation]:
    """On a topic or with an effect, and no committed row of the log says so."""
    known = {row.event_id for row in evidence.log}
    for seen in (seen for reading in evidence.readings[:1] for seen in reading):
        if seen.event_id not in known:
            yield Violation(
                "ghost on the topic", f"{seen.key} at {seen.topic}/{seen.partition}/{seen.offset}"
            )
    for effect in evidence.effects:
        if effect.event_id not in known:
            yield Violation("ghost effect", f"{effect.consumer}: {effect.key} version {effect.version}")


def two_readers_agree(evidence: Evidence) -> Iterator[Violation]:
    """Every reader's offsets rise, all see the same record at an offset, nobody skips what another saw."""
    for number, reading in enumerate(evidence.readings, 1):
        last: dict[tuple[str, int], int] = {}
        for seen in reading:
            place = (seen.topic, seen.partition)
            if seen.offset <= last.get(place, -1):
                yield Violation("offsets fell", f"reader {number} at {place} offset {seen.offset}")
            last[place] = seen.offset
    if len(evidence.readings) < 2:
        return
    first, second = (
        {(seen.topic, seen.partition, seen.offset): seen.event_id for seen in reading}
        for reading in evidence.readings[:2]
    )
    for spot in sorted(first.keys() | second.keys()):
        if first.get(spot) != second.get(spot):
            yield Violation(
                "readers disagree", f"{spot}: {first.get(spot, 'skipped')}, {second.get(spot, 'skipped')}"
            )


def order_on_the_topic(evidence: Evidence) -> Iterator[Violation]:
    """After dropping repeats, each reader sees 1..n of every key, on one partition."""
    for number, reading in enumerate(evidence.readings, 1):
        position: dict[tuple[str, str], int] = {}
        partition: dict[tuple[str, str], int] = {}
        for seen in reading:
            stream = (seen.topic, seen.key)
            if partition.setdefault(stream, seen.partition) != seen.partition:
                yield Violation("key on two partitions", f"{stream}")
            if seen.version is None or seen.version <= position.get(stream, 0):
                continue
            if seen.version != position.get(stream, 0) + 1:
                yield Violation(
                    "inversion on the topic",
                    f"reader {number}: {seen.key} version {seen.version} after {position.get(stream, 0)}",
                )
            position[stream] = seen.version


def effects_once(evidence: Evidence) -> Iterator[Violation]:
    """No consumer applied an event twice."""
    times = Counter(
        (effect.consumer, effect.key, effect.version, effect.event_id) for effect in evidence.effects
    )
    for (consumer, key, version, _), count in times.items():
        if count > 1:
            yield Violation("effect doubled", f"{consumer}: {key} version {version}, {count} times")


def order_of_effects(evidence: Evidence) -> Iterator[Violation]:
    """At every consumer the versions of a key were applied as 1..n."""
    position: dict[tuple[str, str, str], int] = {}
    for effect in evidence.effects:
        stream = (effect.consumer, effect.topic, effect.key)
        if effect.version is None or effect.version <= position.get(stream, 0):
            continue  # a repeat is another check's
        if effect.version != position.get(stream, 0) + 1:
            yield Violation(
                "effects out of order",
                f"{effect.consumer}: {effect.key} version {effect.version} after {position.get(stream, 0)}",
            )
        position[stream] = effect.version


def offsets_past_unfinished_work(evidence: Evidence) -> Iterator[Violation]:
    """Whatever lies below a committed offset was applied, parked or held by then."""
    records: dict[tuple[str, int], list[Seen]] = {}
    for seen in evidence.readings[0] if evidence.readings else []:
        records.setdefault((seen.topic, seen.partition), []).append(seen)
    for point in evidence.committed:
        for seen in records.get((point.topic, point.partition), []):
            if seen.offset < point.offset and seen.event_id not in point.finished:
                yield Violation(
                    "offset past unfinished work",
                    f"{point.consumer} committed {point.offset} of {point.topic}/{point.partition}, "
                    f"{seen.key} version {seen.version} at {seen.offset} was not finished",
                )


def not_drained(evidence: Evidence) -> Iterator[Violation]:
    """After healing nothing waits: no pointer, no held event, none parked."""
    for name, count in evidence.waiting.items():
        if count:
            yield Violation("not drained", f"{count} {name}")


def _streams(rows: Sequence[Logged]) -> dict[tuple[str, str], list[Logged]]:
    streams: dict[tuple[str, str], list[Logged]] = {}
    for row in rows:
        streams.setdefault((row.topic, row.key), []).append(row)
    return streams


def _short(versions: Sequence[int]) -> str:
    return f"{versions[:12]}{'…' if len(versions) > 12 else ''}"
