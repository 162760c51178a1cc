"""How long a running replay has not moved."""

from koppel.kernel.ids import new_id
from koppel.platform.replay.sender.standstill import Standstill

ONE, OTHER = new_id(), new_id()


def test_no_replay_stands_still_where_none_runs() -> None:
    assert Standstill().seconds(100) == 0


def test_one_that_moves_hides_no_other_one_that_does_not() -> None:
    still = Standstill()
    for now in range(0, 60, 5):
        still.look({ONE: 6, OTHER: 900 - now}, now)
    assert still.seconds(60) == 60


def test_replays_that_follow_each_other_hide_none_either() -> None:
    still = Standstill()
    for now in range(0, 60, 5):
        still.look({ONE: 6, new_id(): 3}, now)
    assert still.seconds(60) == 60


def test_it_counts_from_the_last_move_and_grows_between_two_looks() -> None:
    still = Standstill()
    still.look({ONE: 6}, 0)
    still.look({ONE: 5}, 20)
    still.look({ONE: 5}, 25)
    assert still.seconds(27) == 7


def test_what_has_ended_is_paused_or_has_nothing_left_is_forgotten() -> None:
    still = Standstill()
    still.look({ONE: 6, OTHER: 6}, 0)
    still.look({OTHER: 0}, 50)
    assert still.seconds(60) == 0
    still.look({ONE: 6}, 70)
    assert still.seconds(80) == 10
