"""What every provider must do, asked of its adapter and its sandbox; what differs is read from its profile.

What whole services add on top (a killed run, a removed record, a wrong company at re-authorisation) is held where they
are tested; docs/providers/README.md has the table.
"""

from collections.abc import AsyncIterator, Awaitable, Mapping

import httpx
import orjson
import pytest
from tests.unit.conformance.stand import Stand

from koppel.contracts.canonical import CANONICAL
from koppel.providers import failures
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.failures import ProviderFailure
from koppel.providers.listed_records import ProviderRecord
from koppel.providers.listing import Listing
from koppel.providers.parts import put_together
from koppel.providers.port import Provider, ProviderAccess
from koppel.providers.profile import GrantCovers, Rotation
from koppel.providers.reading import Feed, Flag, Instant, PageRequest, Sequence, Watermark, Whole
from koppel.providers.tokens import TokenSet

MOST_SHARED = 3
"""Rows of a page that the next one begins with, where nothing else tells whether rows have shifted."""


@pytest.fixture(params=PROVIDERS.values(), ids=lambda each: each.profile.id)
async def stand(request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    provider: Provider = request.param
    found = Stand(provider)
    await found.start()
    yield found
    await found.http.aclose()


async def first_company(stand: Stand) -> ProviderAccess:
    tokens = await stand.log_in()
    companies = await stand.companies(stand.access(tokens))
    return stand.access(tokens, companies[0].external_id)


def listings(stand: Stand) -> list[Listing]:
    return [each for group in stand.provider.listings.values() for each in group]


async def read(
    stand: Stand, access: ProviderAccess, listing: Listing, since: Watermark | None = None
) -> tuple[dict[str, ProviderRecord], Watermark | None]:
    """All records by id, and the last watermark; nothing broken, nothing twice but the rows by which pages join."""
    found: dict[str, ProviderRecord] = {}
    high = since
    async for page in stand.pages(access, listing, since):
        assert page.broken == []
        again = [each for each in page.records if each.external_id in found]
        assert len(again) <= MOST_SHARED
        assert all(each.digest == found[each.external_id].digest for each in again)
        found |= {each.external_id: each for each in page.records}
        high = later(high, page.high)
    return found, high


def later(one: Watermark | None, other: Watermark | None) -> Watermark | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda each: int(each.value) if each.kind == "sequence" else each.value)


async def test_a_login_reaches_what_the_profile_says_each_company_once(stand: Stand) -> None:
    companies = await stand.companies(stand.access(await stand.log_in()))
    told = (await stand.control("GET", "settings"))["companies"]
    ids = [each.external_id for each in companies]
    covers_many = stand.provider.profile.grant_covers is GrantCovers.MANY_ADMINISTRATIONS
    assert sorted(ids) == sorted({each["id"] for each in (told if covers_many else told[:1])})


async def test_every_login_of_a_person_has_the_same_identity(stand: Stand) -> None:
    first = await stand.provider.login(stand.http, stand.access(await stand.log_in()))
    again = await stand.provider.login(stand.http, stand.access(await stand.log_in()))
    assert first == again
    assert (first is not None) or not stand.provider.profile.timing.one_chain_per_login


async def test_a_reading_goes_on_after_a_kill_with_nothing_but_the_continuation(stand: Stand) -> None:
    access = await first_company(stand)
    for listing in listings(stand):
        seen = [page async for page in stand.pages(access, listing)]
        if len(seen) > 1:
            resumed = [page async for page in stand.pages(access, listing, continuation=seen[0].next)]
            assert [each.records for each in resumed] == [each.records for each in seen[1:]]


async def test_every_item_of_every_listing_becomes_a_record_of_the_model(stand: Stand) -> None:
    access = await first_company(stand)
    for listing in listings(stand):
        records, _ = await read(stand, access, listing)
        assert len(records) == await stand.total(access, listing), listing.name
        whole = list(records.values()) if listing.parts is None else put_all_together(listing, records)
        for record in whole:
            CANONICAL[listing.resource].model_validate_json(orjson.dumps(record.data), strict=True)


def put_all_together(listing: Listing, lines: Mapping[str, ProviderRecord]) -> list[ProviderRecord]:
    by_record: dict[str | None, list[str]] = {}
    for line in lines.values():
        by_record.setdefault(line.part_of, []).append(line.raw)
    assert None not in by_record
    return [put_together(listing, raws) for raws in by_record.values()]


async def test_a_whole_reading_is_counted_by_the_provider_where_its_listing_says_so(stand: Stand) -> None:
    access = await first_company(stand)
    for listing in listings(stand):
        if isinstance(listing.cursor, Instant | Whole):
            async for page in stand.pages(access, listing):
                assert (page.total is not None) is listing.counted


async def test_a_watermark_only_rises_and_what_is_not_changed_is_told_as_it_was(stand: Stand) -> None:
    access = await first_company(stand)
    for listing in listings(stand):
        before, mark = await read(stand, access, listing)
        after, higher = await read(stand, access, listing, mark)
        assert {each.digest for each in after.values()} <= {each.digest for each in before.values()}
        assert later(mark, higher) == higher
        if isinstance(listing.cursor, Sequence):
            assert not after
        if isinstance(listing.cursor, Whole):
            assert mark is None
            assert after.keys() == before.keys()


async def test_no_window_is_overrun_by_who_believes_the_counters(stand: Stand) -> None:
    stand = Stand(stand.provider, rate_limit_per_minute=6)
    await stand.start()
    access = await first_company(stand)
    counted = [window for window in stand.provider.profile.windows if window.counters is not None]
    for listing in listings(stand) if counted else []:
        await read(stand, access, listing)
    assert await violations(stand) == {}


async def test_a_refusal_for_too_many_calls_says_how_long_to_wait_and_that_is_enough(stand: Stand) -> None:
    stand = Stand(stand.provider, rate_limit_per_minute=3)
    await stand.start()
    access = await first_company(stand)
    listing = listings(stand)[0]
    with pytest.raises(ProviderFailure) as refused:
        for _ in range(100):
            await stand.provider.read(stand.http, access, listing, PageRequest())
    assert refused.value.kind is failures.RATE_LIMITED
    await stand.pass_time((refused.value.retry_after or 60) + 1)
    await stand.provider.read(stand.http, access, listing, PageRequest())


async def test_a_token_is_replaced_at_the_youngest_age_that_the_profile_names(stand: Stand) -> None:
    timing = stand.provider.profile.timing
    tokens = await stand.log_in()
    await stand.pass_time(timing.refresh_not_before.total_seconds())
    renewed = await stand.refresh(tokens)
    assert renewed.access_token != tokens.access_token
    assert (renewed.refresh_token != tokens.refresh_token) is (timing.rotation is Rotation.SINGLE_USE)
    assert await violations(stand) == {}


async def test_a_refresh_that_came_too_early_costs_no_login(stand: Stand) -> None:
    timing = stand.provider.profile.timing
    tokens = await stand.log_in()
    if timing.refresh_not_before:
        with pytest.raises(ProviderFailure) as refused:
            await stand.refresh(tokens)
        assert refused.value.kind is failures.REFRESH_TOO_EARLY
        await stand.pass_time(timing.refresh_not_before.total_seconds())
    assert (await stand.refresh(tokens)).access_token


async def test_a_lost_token_answer_ends_with_new_tokens_or_a_dead_login_and_nothing_between(
    stand: Stand,
) -> None:
    timing = stand.provider.profile.timing
    tokens = await stand.log_in()
    await stand.pass_time(timing.refresh_not_before.total_seconds())
    with pytest.raises(ProviderFailure) as lost:
        await stand.refresh_and_lose_the_answer(tokens)
    assert lost.value.kind.transient
    assert timing.retry_lost_answer
    await stand.pass_time(timing.refresh_not_before.total_seconds())
    assert await end_of(stand.refresh(tokens)) in {"tokens", failures.GRANT_INVALID.code}


async def end_of(refresh: Awaitable[TokenSet]) -> str:
    try:
        await refresh
    except ProviderFailure as failed:
        return failed.code
    return "tokens"


async def test_what_is_removed_at_the_provider_can_be_known_here(stand: Stand) -> None:
    access = await first_company(stand)
    for listing in listings(stand):
        if listing.parts is not None or listing.reread is not None:
            continue  # lines and entries go with their voucher
        before, mark = await read(stand, access, listing)
        gone = await remove(stand, access, listing)
        if gone is None:
            continue
        match listing.removal:
            case Feed() as feed:
                page = await stand.provider.removed(stand.http, access, feed, PageRequest())
                assert (feed.entity, gone) in {(each.entity, each.key) for each in page.removed}
            case Flag():
                after, _ = await read(stand, access, listing, mark)
                assert gone in after
            case _:
                after, _ = await read(stand, access, listing)
                assert len(before.keys() - after.keys()) == 1


async def remove(stand: Stand, access: ProviderAccess, listing: Listing) -> str | None:
    """One item leaves the listing; None where the sandbox lets none go."""
    order = {"collection": listing.path.removeprefix("/"), "remove": 1}
    try:
        done = await stand.control("POST", f"companies/{access.company}/changes", order)
    except httpx.HTTPStatusError:
        return None
    removed: list[str] = done["removed"]
    return removed[0] if removed else None


async def violations(stand: Stand) -> dict[str, int]:
    counted: dict[str, int] = (await stand.control("GET", "ledger")).get("violations", {})
    return counted
