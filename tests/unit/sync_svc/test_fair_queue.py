"""What the queue of turns promises, of the model that PostgreSQL is compared with."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from sync_svc.domain.turn import TurnRules

from .fair_queue import FairQueue, Place, served

QUANTA = some.integers(1, 20)
COSTS = some.lists(some.integers(1, 40), min_size=2, max_size=6)


@given(QUANTA, COSTS, some.integers(20, 200))
def test_organisations_that_wait_have_made_the_same_calls_but_for_a_turn_each(
    quantum: int, costs: list[int], turns: int
) -> None:
    queue = FairQueue(TurnRules(quantum))
    for number in range(len(costs)):
        queue.ask(f"run {number}", f"organisation {number}", 1)
    made = served(queue, [(f"run {number}", cost) for number, cost in enumerate(costs)], turns)
    most = max(quantum, *costs)
    assert max(made.values()) - min(made.values()) <= 2 * most


@given(QUANTA, some.integers(1, 500))
def test_a_queue_that_was_empty_has_saved_nothing_up(quantum: int, turns: int) -> None:
    queue = FairQueue(TurnRules(quantum))
    queue.ask("steady", "a", 1)
    served(queue, [("steady", quantum)], turns)
    queue.ask("late", "b", 1)
    costs = [("steady", quantum), ("late", quantum)]
    made = dict.fromkeys(("steady", "late"), 0)
    made["steady"] = queue.runs["steady"].calls
    order = []
    for _ in range(6):
        name = queue.grant()
        assert name is not None
        order.append(name)
        made[name] += dict(costs)[name]
        queue.settle(name, made[name])
        queue.leave(name)
    assert all(one != other for one, other in pairwise(order))


@given(QUANTA)
def test_lower_priorities_have_their_reserved_shares_and_the_highest_the_rest(quantum: int) -> None:
    queue = FairQueue(TurnRules(quantum, incremental=200, backfill=100))
    for priority in (0, 1, 2):
        queue.ask(f"lane {priority}", f"organisation {priority}", priority)
    made = served(queue, [(f"lane {priority}", quantum) for priority in (0, 1, 2)], 400)
    whole = sum(made.values())
    shares = [round(100 * made[f"lane {priority}"] / whole) for priority in (0, 1, 2)]
    assert [abs(share - wanted) <= 1 for share, wanted in zip(shares, (70, 20, 10), strict=True)] == [
        True
    ] * 3


def test_without_a_reserve_the_lowest_waits_for_all_others() -> None:
    queue = FairQueue(TurnRules(8, incremental=0, backfill=0))
    for priority in (0, 2):
        queue.ask(f"lane {priority}", f"organisation {priority}", priority)
    assert served(queue, [("lane 0", 8), ("lane 2", 8)], 100)["lane 2"] == 0


@given(some.integers(-100, 100), QUANTA)
def test_what_is_given_back_undoes_what_was_charged(calls: int, quantum: int) -> None:
    place = Place(30, quantum)
    place.charge(calls, quantum)
    assert 1 <= place.deficit <= quantum
    place.charge(-calls, quantum)
    assert place == Place(30, quantum)
