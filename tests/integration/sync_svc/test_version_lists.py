"""A provider that lists every id with a version: what differs is fetched in batches, what a list lacks is gone."""

from collections.abc import Sequence

import pytest

from koppel.contracts.values import ResourceName, SyncMode, SyncOutcome
from koppel.ports.access_token import AccessToken
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from sync_svc.domain.administration import Administration

from .deaths import Killed
from .made_up import DOCUMENTS, MadeUp
from .organisation import Organisation

FULL, INCREMENTAL = SyncMode.FULL, SyncMode.INCREMENTAL
PAPERS = (ResourceName.SUPPLIER_INVOICE,)


@pytest.fixture
def books(organisation: Organisation) -> MadeUp:
    made_up = MadeUp()
    organisation.gateway = made_up
    return made_up


async def test_of_versions_only_what_differs_is_fetched_in_batches(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(7):
        books.put(DOCUMENTS, f"d{number}", Number=f"{number}")
    await organisation.sync(FULL, PAPERS)
    assert [count for verb, _, count in books.calls if verb == "fetch"] == [3, 3, 1]
    books.put(DOCUMENTS, "d2", Number="gewijzigd")
    books.put(DOCUMENTS, "d9", Number="nieuw")
    books.calls.clear()
    view = await organisation.sync(INCREMENTAL, PAPERS)
    assert books.calls == [("versions", "documents", 0), ("fetch", "documents", 2)]
    assert (view.listings[0].fetched, view.listings[0].changed) == (2, 2)
    books.calls.clear()
    view = await organisation.sync(INCREMENTAL, PAPERS)
    assert books.calls == [("versions", "documents", 0)]
    assert view.run.outcome is SyncOutcome.UNCHANGED


async def test_what_a_list_of_versions_lacks_is_deleted(organisation: Organisation, books: MadeUp) -> None:
    for number in range(4):
        books.put(DOCUMENTS, f"d{number}", Number=f"{number}")
    await organisation.sync(FULL, PAPERS)
    books.drop(DOCUMENTS, "d1")
    view = await organisation.sync(INCREMENTAL, PAPERS)
    assert view.listings[0].deleted == 1
    assert await organisation.live() == {"d0", "d2", "d3"}
    books.put(DOCUMENTS, "d1", Number="terug")
    await organisation.sync(INCREMENTAL, PAPERS)
    assert await organisation.live() == {"d0", "d1", "d2", "d3"}


async def test_a_list_of_versions_that_lost_too_much_deletes_nothing(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(40):
        books.put(DOCUMENTS, f"d{number}", Number=f"{number}")
    await organisation.sync(FULL, PAPERS)
    books.drop(DOCUMENTS, *[f"d{number}" for number in range(21)])
    view = await organisation.sync(INCREMENTAL, PAPERS)
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "too_many_vanished"
    assert len(await organisation.live()) == 40


async def test_a_list_of_versions_that_shrinks_to_nothing_is_held_and_said(
    organisation: Organisation, books: MadeUp
) -> None:
    books.put(DOCUMENTS, "d1", Number="1")
    await organisation.sync(FULL, PAPERS)
    books.items["documents"] = {}
    for mode in (INCREMENTAL, INCREMENTAL, INCREMENTAL, FULL, INCREMENTAL):
        view = await organisation.sync(mode, PAPERS)
        assert await organisation.live() == {"d1"}
        assert view.run.outcome is SyncOutcome.PARTIAL
        assert view.listings[0].failure is not None
        assert view.listings[0].failure.code == "too_many_vanished"


async def test_an_empty_list_of_versions_is_held_however_often_it_comes(
    organisation: Organisation, books: MadeUp
) -> None:
    books.put(DOCUMENTS, "d1", Number="1")
    await organisation.sync(FULL, PAPERS)
    books.items["documents"] = {}
    for mode in (INCREMENTAL, FULL, FULL, FULL):
        view = await organisation.sync(mode, PAPERS)
        assert view.listings[0].failure is not None
        assert view.listings[0].failure.code == "too_many_vanished"
    assert await organisation.live() == {"d1"}


def mixed_up(books: MadeUp, *, less: int = 0) -> None:
    """The provider gives batches backwards, without so many of what was asked."""
    fetch = books.fetch

    async def other(
        administration: Administration, token: AccessToken, listing: Listing, ids: Sequence[str]
    ) -> Page:
        return await fetch(administration, token, listing, ids[: len(ids) - less][::-1])

    books.fetch = other  # type: ignore[method-assign]


async def test_a_batch_in_another_order_gives_each_item_its_own_version(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(5):
        books.put(DOCUMENTS, f"d{number}", Number=f"{number}")
    mixed_up(books)
    await organisation.sync(FULL, PAPERS)
    assert await organisation.live() == {f"d{number}" for number in range(5)}
    books.put(DOCUMENTS, "d3", Number="gewijzigd")
    books.calls.clear()
    view = await organisation.sync(INCREMENTAL, PAPERS)
    assert (view.listings[0].changed, books.asked("fetch", "documents")) == (1, 1)


async def test_what_a_batch_lacks_is_asked_again_and_not_deleted(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(3):
        books.put(DOCUMENTS, f"d{number}", Number=f"{number}")
    await organisation.sync(FULL, PAPERS)
    for number in range(3):
        books.put(DOCUMENTS, f"d{number}", Number=f"{number} nieuw")
    honest = books.fetch
    mixed_up(books, less=1)
    view = await organisation.sync(INCREMENTAL, PAPERS)
    assert (view.listings[0].changed, view.listings[0].deleted) == (2, 0)
    assert await organisation.live() == {"d0", "d1", "d2"}
    books.fetch = honest  # type: ignore[method-assign]
    view = await organisation.sync(INCREMENTAL, PAPERS)
    assert view.listings[0].changed == 1


async def test_batches_that_were_fetched_before_a_worker_died_are_not_fetched_again(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(9):
        books.put(DOCUMENTS, f"d{number}", Number=f"{number}")
    run_id = await organisation.ask(organisation.request(FULL, PAPERS))
    lease = await organisation.lease(run_id)

    def die(verb: str, name: str) -> None:
        if books.asked("fetch", "documents") == 3:
            raise Killed

    books.fault = die
    with pytest.raises(Killed):
        await organisation.perform_under(lease)
    books.fault = lambda verb, name: None
    await organisation.let_expire(lease)
    books.calls.clear()
    await organisation.perform(run_id)
    assert books.calls == [("versions", "documents", 0), ("fetch", "documents", 3)]
    view = await organisation.run(run_id)
    assert (view.listings[0].fetched, view.listings[0].changed) == (9, 9)
    assert view.listings[0].failure is None


async def test_a_full_sync_fetches_every_version_again(organisation: Organisation, books: MadeUp) -> None:
    for number in range(4):
        books.put(DOCUMENTS, f"d{number}", Number=f"{number}")
    await organisation.sync(FULL, PAPERS)
    books.calls.clear()
    view = await organisation.sync(FULL, PAPERS)
    assert [count for verb, _, count in books.calls if verb == "fetch"] == [3, 1]
    assert view.run.outcome is SyncOutcome.UNCHANGED


async def test_a_change_that_no_version_shows_is_found_by_a_full_sync_and_counted_as_missed(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(4):
        books.put(DOCUMENTS, f"d{number}", Number=f"{number}")
    first = await organisation.sync(FULL, PAPERS)
    books.items["documents"]["d1"]["Number"] = "stil gewijzigd"
    books.put(DOCUMENTS, "d2", Number="gewijzigd")
    assert (await organisation.sync(INCREMENTAL, PAPERS)).listings[0].changed == 1
    books.put(DOCUMENTS, "d3", Number="gewijzigd")
    view = await organisation.sync(FULL, PAPERS)
    assert (view.listings[0].changed, view.listings[0].missed) == (2, 1)
    again = await organisation.sync(FULL, PAPERS)
    assert (first.listings[0].missed, again.listings[0].missed) == (0, 0)
    told = [each["missed_by_incremental"] for each in await organisation.events("SyncCompleted")]
    assert told == [0, 0, 1, 0]
