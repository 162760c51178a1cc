"""Processor time by part, in words and between two readings."""

import os

from tests.bench.cpu import THIS_PROGRAM, between, in_words, medians, spent


def test_only_what_came_after_the_first_reading_counts() -> None:
    assert between({"postgres": 2.0}, {"postgres": 5.0, "kafka": 1.0}) == {"postgres": 3.0, "kafka": 1.0}


def test_the_busiest_part_is_named_first_and_idle_ones_are_not() -> None:
    assert in_words({"kafka": 0.5, "postgres": 2.04, "import-svc": 0.01}) == "postgres 2.0 s, kafka 0.5 s"


def test_each_part_has_its_own_median() -> None:
    rounds = [{"a": 1.0, "b": 9.0}, {"a": 2.0, "b": 7.0}, {"a": 3.0, "b": 8.0}]
    assert medians(rounds) == {"a": 2.0, "b": 8.0}


def test_without_a_round_there_is_no_median() -> None:
    assert medians([]) == {}


def test_a_process_that_is_gone_has_spent_nothing_more() -> None:
    reading = spent({"me": [os.getpid()], "gone": [2**22 + 1]})
    assert reading["gone"] == 0.0
    assert reading["me"] > 0.0
    assert reading[THIS_PROGRAM] > 0.0
