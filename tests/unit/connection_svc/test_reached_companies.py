"""Which companies a login reaches: page by page, no further than needed, and never for ever."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from connection_svc.adapters import reached_companies as module
from connection_svc.adapters.reached_companies import reached_companies
from connection_svc.domain.served import not_reached
from koppel.kernel.errors import Transient
from koppel.kernel.ids import new_id
from koppel.providers import failures
from koppel.providers.company import Company
from koppel.providers.failures import FailureKind, ProviderFailure, failure
from koppel.providers.port import CompanyPage


class Listing:
    """A provider's list of companies; the page after the last of `pages` is asked by `and_then`, None: there is none."""

    def __init__(self, pages: Sequence[Sequence[str]], and_then: Iterator[str] | None = None) -> None:
        self._pages = list(pages)
        self._and_then = and_then
        self.asked: list[str | None] = []

    async def discover(self, continuation: str | None) -> CompanyPage:
        self.asked.append(continuation)
        number = len(self.asked) - 1
        ids = self._pages[number] if number < len(self._pages) else ()
        companies = [Company(external_id=each, name=each) for each in ids]
        if self._and_then is not None:
            return CompanyPage(companies, next(self._and_then))
        return CompanyPage(companies, str(number + 1) if number + 1 < len(self._pages) else None)


async def reached(listing: Listing, *wanted: str) -> set[str]:
    return set(await reached_companies(listing.discover, wanted))


async def test_all_pages_are_asked_for_what_is_not_found() -> None:
    listing = Listing([[], ["1", "2"], ["3"]])
    assert await reached(listing, "1", "3", "9") == {"1", "3"}
    assert listing.asked == [None, "1", "2"]


async def test_pages_behind_the_last_that_is_wanted_are_not_asked() -> None:
    listing = Listing([["1", "2"], ["3"], ["4"]])
    assert await reached(listing, "2", "3") == {"2", "3"}
    assert listing.asked == [None, "1"]


async def test_a_page_that_leads_to_itself_is_the_last() -> None:
    listing = Listing([["1"], ["2"]], iter(["again"] * 9))
    assert await reached(listing, "2", "3") == {"2"}
    assert listing.asked == [None, "again"]


async def test_a_list_without_an_end_is_given_up() -> None:
    listing = Listing([], iter(str(each) for each in range(1_000)))
    with pytest.raises(Transient, match="provider_timeout"):
        await reached(listing, "1")
    assert len(listing.asked) == 100


async def test_what_is_found_on_the_last_page_that_may_be_asked_counts() -> None:
    listing = Listing([*[[]] * 99, ["1"]], iter(str(each) for each in range(1_000)))
    assert await reached(listing, "1") == {"1"}


class Refusing(Listing):
    """Refuses so many times before each page."""

    def __init__(self, kind: FailureKind, times: int, retry_after: float | None = 0.001) -> None:
        super().__init__([["1"], ["2"]])
        self._refused = [failure(kind, retry_after=retry_after)] * times
        self.refusals = 0

    async def discover(self, continuation: str | None) -> CompanyPage:
        if self.refusals < len(self._refused):
            self.refusals += 1
            raise self._refused[self.refusals - 1]
        return await super().discover(continuation)


@pytest.mark.parametrize("kind", [failures.RATE_LIMITED, failures.UNAVAILABLE, failures.DROPPED])
async def test_a_page_that_cannot_be_had_is_asked_again_as_the_provider_says(kind: FailureKind) -> None:
    listing = Refusing(kind, 3)
    assert await reached(listing, "1", "2") == {"1", "2"}
    assert (listing.refusals, listing.asked) == (3, [None, "1"])


@pytest.mark.parametrize(
    ("kind", "times", "retry_after", "asked"),
    [
        (failures.UNAVAILABLE, 9, 0.001, 4),
        (failures.RATE_LIMITED, 9, 61.0, 1),
        (failures.FORBIDDEN, 9, 0.001, 1),
    ],
)
async def test_it_is_given_up_after_a_few_tries_or_where_waiting_is_in_vain(
    kind: FailureKind, times: int, retry_after: float, asked: int
) -> None:
    listing = Refusing(kind, times, retry_after)
    with pytest.raises(ProviderFailure, match=kind.code):
        await reached(listing, "1")
    assert listing.refusals == asked


async def test_a_list_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Listing):
        async def discover(self, *_: object) -> CompanyPage:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr(module, "_WITHIN", 0.01)
    with pytest.raises(Transient, match="provider_timeout"):
        await reached(Slow([]), "1")


def test_what_is_not_reached_is_named_in_the_order_of_its_ids() -> None:
    first, second, third = sorted(new_id() for _ in range(3))
    assert not_reached({third: "c", second: "b", first: "a"}, {"b"}) == (first, third)
