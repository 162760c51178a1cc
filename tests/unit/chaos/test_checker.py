"""The judge sees what is wrong in histories made by hand, and nothing in a good one."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.chaos.rig.checker import Broken, demand, judge
from tests.chaos.rig.evidence import Committed, Effect, Evidence, Logged, Outcome, Seen

T = "steps"
EVENTS = [("k", 1, "e1"), ("k", 2, "e2"), ("other", 1, "e3")]


def good() -> Evidence:
    """Three events of two streams, everything as promised."""
    reading = [Seen(T, 0, offset, key, version, event) for offset, (key, version, event) in enumerate(EVENTS)]
    return Evidence(
        history={f"op {event}": Outcome.OK for _, _, event in EVENTS} | {"lost answer": Outcome.UNKNOWN},
        log=[Logged(event, T, key, version, f"op {event}") for key, version, event in EVENTS],
        readings=[list(reading), list(reading)],
        effects=[Effect("c", T, key, version, event) for key, version, event in EVENTS],
        consumers={"c": frozenset({T})},
        committed=[Committed("c", T, 0, 3, frozenset({"e1", "e2", "e3"}))],
        waiting={"pending": 0, "held": 0},
    )


def _drop_log(it: Evidence) -> None:
    del it.log[2]


def _write_twice(it: Evidence) -> None:
    it.log.append(replace(it.log[2], event_id="e4", version=2))


def _refuse(it: Evidence) -> None:
    it.history["op e1"] = Outcome.FAIL


def _gap(it: Evidence) -> None:
    it.log[1] = replace(it.log[1], version=3)


def _lose_record(it: Evidence) -> None:
    for reading in it.readings:
        del reading[2]


def _lose_effect(it: Evidence) -> None:
    del it.effects[2]


def _ghost(it: Evidence) -> None:
    for reading in it.readings:
        reading.append(Seen(T, 0, 9, "ghost", 1, "e9"))


def _ghost_effect(it: Evidence) -> None:
    it.effects.append(Effect("c", T, "ghost", 1, "e9"))


def _fall_back(it: Evidence) -> None:
    it.readings[1].append(it.readings[1][0])


def _skip(it: Evidence) -> None:
    it.readings[1].append(Seen(T, 1, 0, "k", 1, "e1"))


def _invert(it: Evidence) -> None:
    for reading in it.readings:
        reading[0], reading[1] = replace(reading[1], offset=0), replace(reading[0], offset=1)


def _two_partitions(it: Evidence) -> None:
    for reading in it.readings:
        reading[1] = replace(reading[1], partition=1)


def _double(it: Evidence) -> None:
    it.effects.append(it.effects[0])


def _effects_inverted(it: Evidence) -> None:
    it.effects[0], it.effects[1] = it.effects[1], it.effects[0]


def _past(it: Evidence) -> None:
    it.committed[0] = replace(it.committed[0], finished=frozenset({"e1", "e2"}))


def _waiting(it: Evidence) -> None:
    it.waiting["held"] = 1


def test_a_good_history_has_no_violation() -> None:
    assert judge(good()) == []
    demand(good())


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (_drop_log, "acknowledged but missing"),
        (_write_twice, "written twice"),
        (_refuse, "rolled back but there"),
        (_gap, "versions with gaps"),
        (_lose_record, "lost before the topic"),
        (_lose_effect, "lost before the effect"),
        (_ghost, "ghost on the topic"),
        (_ghost_effect, "ghost effect"),
        (_fall_back, "offsets fell"),
        (_skip, "readers disagree"),
        (_invert, "inversion on the topic"),
        (_two_partitions, "key on two partitions"),
        (_double, "effect doubled"),
        (_effects_inverted, "effects out of order"),
        (_past, "offset past unfinished work"),
        (_waiting, "not drained"),
    ],
)
def test_a_bad_history_is_called_by_its_name(spoil: Callable[[Evidence], None], check: str) -> None:
    evidence = good()
    spoil(evidence)
    assert check in {violation.check for violation in judge(evidence)}
    with pytest.raises(Broken):
        demand(evidence)


def test_repeats_on_the_topic_are_allowed() -> None:
    """At least once: what was sent again is dropped by version."""
    evidence = good()
    for reading in evidence.readings:
        reading.append(replace(reading[0], offset=7))
    assert judge(evidence) == []


def test_what_a_writer_never_heard_of_may_have_happened_or_not() -> None:
    evidence = good()
    assert "lost answer" not in {row.op for row in evidence.log}
    evidence.history["op e3"] = Outcome.UNKNOWN
    assert judge(evidence) == []
