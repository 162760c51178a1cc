"""Reading whole a list whose rows shift between its pages."""

import random
from collections.abc import Callable

import pytest
from pydantic import JsonValue

from koppel.providers.failures import ProviderFailure
from koppel.providers.snelstart.paging import MOST_BACK, Place

Rows = list[str]


def read(
    rows: Rows, size: int, between: Callable[[Rows, int], None] = lambda _rows, _page: None
) -> list[str]:
    """Every key that was served, page by page; `between` may change the rows after each page."""
    served: list[str] = []
    place: Place | None = Place()
    pages = 0
    while place is not None:
        items: list[JsonValue] = [{"id": key} for key in rows[place.skip : place.skip + size]]
        served += rows[place.skip : place.skip + size]
        following = place.after(items, size)
        place = Place.of(following.as_text()) if following else None
        pages += 1
        assert pages < 500
        between(rows, pages)
    return served


def keys(count: int) -> Rows:
    return [f"row-{number}" for number in range(count)]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 10, 500])
@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11, 30])
def test_every_row_is_served_whatever_the_page(count: int, size: int) -> None:
    assert set(read(keys(count), size)) == set(keys(count))


def test_an_empty_list_costs_one_call_and_a_short_one_two() -> None:
    pages: list[int] = []
    read(keys(0), 10, lambda _rows, page: pages.append(page))
    read(keys(4), 10, lambda _rows, page: pages.append(page))
    assert pages == [1, 1, 2]


def test_row_removed_from_a_page_already_read_hides_no_other() -> None:
    def remove_one(rows: Rows, page: int) -> None:
        if page == 2:
            del rows[3]

    assert set(read(keys(40), 10, remove_one)) == set(keys(40))


def test_many_rows_removed_at_once_hide_no_other() -> None:
    def remove_many(rows: Rows, page: int) -> None:
        if page == 3:
            del rows[:15]

    assert set(read(keys(60), 10, remove_many)) == set(keys(60))


def test_rows_that_move_to_the_end_hide_no_other() -> None:
    def move(rows: Rows, page: int) -> None:
        if page == 2:
            rows[:] = rows[5:] + rows[:5]

    assert set(read(keys(40), 10, move)) == set(keys(40))


def test_last_rows_read_that_are_gone_are_looked_for_further_back() -> None:
    def remove_the_shared(rows: Rows, page: int) -> None:
        if page == 2:
            del rows[12:17]

    assert set(read(keys(40), 10, remove_the_shared)) == set(keys(40))


def test_rows_that_stay_are_served_whatever_the_others_do() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        rows = keys(chance.randrange(1, 80))
        staying = set(chance.sample(rows, len(rows) // 2))

        def shift(rows: Rows, page: int, chance: random.Random = chance, staying: set[str] = staying) -> None:
            if page > 12 or chance.random() < 0.5:
                return
            for _ in range(chance.randrange(1, 4)):
                moving = [row for row in rows if row not in staying]
                if chance.random() < 0.5 and moving:
                    rows.remove(chance.choice(moving))
                else:
                    rows.insert(chance.randrange(len(rows) + 1), f"new-{page}-{chance.random()}")

        assert staying <= set(read(rows, 10, shift)), seed


def test_a_list_that_never_stands_still_is_given_up() -> None:
    number = 0

    def renew(rows: Rows, _page: int) -> None:
        nonlocal number
        number += 1
        rows[:] = [f"{number}-{row}" for row in range(100)]

    with pytest.raises(ProviderFailure, match="provider_bad_answer"):
        read(keys(100), 10, renew)


def test_a_list_that_does_not_heed_skip_is_no_endless_one() -> None:
    page: list[JsonValue] = [{"id": key} for key in keys(10)]
    second = Place().after(page, 10)
    assert second is not None
    with pytest.raises(ProviderFailure, match="provider_bad_answer"):
        second.after(page, 10)


def test_whole_list_in_one_page_without_skip_ends() -> None:
    whole: list[JsonValue] = [{"id": key} for key in keys(7)]
    second = Place().after(whole, 10)
    assert second is not None
    assert second.after(whole, 10) is None


def test_rows_without_a_key_are_passed() -> None:
    items: list[JsonValue] = [{"id": "a"}, {"id": None}, "canary", {"id": {"x": 1}}, {"id": "b"}, {}]
    assert Place().after(items, 6) == Place(3, ("b",))


@pytest.mark.parametrize(
    "continuation",
    ["", "7", "[]", "[1,0]", '["1",0,false]', "[-1,0,false]", "[1,0,false,2]", "[true,0,false]", "[1,0,0]",
     '[1,0,false,"a","b","c","d"]', "{}", "[" * 500, "9" * 2000],
)  # fmt: skip
def test_continuation_of_another_reading_is_refused(continuation: str) -> None:
    with pytest.raises(ProviderFailure, match="continuation_invalid"):
        Place.of(continuation)


def test_going_back_is_counted_over_the_whole_reading() -> None:
    stranger: list[JsonValue] = [{"id": "z"}]
    with pytest.raises(ProviderFailure):
        Place(50, ("a",), MOST_BACK).after(stranger, 10)
