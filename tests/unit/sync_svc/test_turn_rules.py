"""The numbers by which turns and calls are shared out."""

from sync_svc.domain.request import Priority
from sync_svc.domain.turn import DEFAULT_RULES, WHOLE, TurnRules, left_to_others


def test_a_turn_is_eight_calls_and_lower_priorities_have_a_fifth_and_a_tenth() -> None:
    assert TurnRules(8, 200, 100) == DEFAULT_RULES
    assert DEFAULT_RULES.shares == (0, 200, 100)
    assert WHOLE == 1000


def test_each_priority_leaves_calls_to_those_before_it_and_first_loads_alone_use_95_of_a_hundred() -> None:
    assert [left_to_others(each) for each in Priority] == [0.0, 0.02, 0.04]
    assert left_to_others(Priority.BACKFILL) < 0.05
