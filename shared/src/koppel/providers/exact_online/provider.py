"""Exact Online behind the port."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote
from uuid import UUID

import httpx
from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.calls import Answer, send
from koppel.providers.counters import usage_of
from koppel.providers.exact_online import contacts, divisions, feeds, invoices, ledger, vouchers
from koppel.providers.exact_online.answers import failure_of
from koppel.providers.exact_online.divisions import Place, Source
from koppel.providers.exact_online.odata import LONGEST_SKIPTOKEN, listed
from koppel.providers.exact_online.profile import API_WINDOWS, PROFILE
from koppel.providers.exact_online.token_answers import REFUSALS
from koppel.providers.failures import ProviderFailure, failure
from koppel.providers.listed_records import Page, read_items
from koppel.providers.listing import Listing
from koppel.providers.port import CompanyPage, LoginIdentity, Provider, ProviderAccess
from koppel.providers.reading import Feed, PageRequest, RemovalPage, Watermark
from koppel.providers.reading import Sequence as RisingNumber

_LISTINGS = (
    ledger.PERIODS,
    ledger.JOURNALS,
    ledger.VAT_CODES,
    ledger.ACCOUNTS,
    ledger.COST_CENTERS,
    contacts.CONTACTS,
    ledger.PROJECTS,
    vouchers.TRANSACTION_LINES,
    invoices.SALES_ENTRIES,
    invoices.PURCHASE_ENTRIES,
)


class ExactOnline(Provider):
    """Exact Online."""

    async def login(self, http: httpx.AsyncClient, access: ProviderAccess) -> LoginIdentity:
        me = divisions.me_of(await _get(http, access, divisions.ME, {"$select": divisions.ME_SELECT}))
        return LoginIdentity(place=divisions.place_of(access.api_base_url), subject=me.user)

    async def discover(
        self, http: httpx.AsyncClient, access: ProviderAccess, continuation: str | None
    ) -> CompanyPage:
        if continuation is None:
            # The address of the list needs some division that the person may reach; Exact names one.
            answer = await _get(http, access, divisions.ME, {"$select": divisions.ME_SELECT})
            first = Place(Source.ACCESSIBLE, divisions.me_of(answer).division)
            return CompanyPage([], first.continuation, usage_of(answer, API_WINDOWS))
        place = Place.of(continuation)
        if place.source is Source.CURRENT:
            answer = await _get(http, access, divisions.ME, {"$select": divisions.ME_SELECT})
            only = divisions.only_company_of(divisions.me_of(answer))
            return CompanyPage([only], None, usage_of(answer, API_WINDOWS))
        try:
            return await _divisions(http, access, place)
        except ProviderFailure as refused:
            instead = place.instead()
            if instead is None or refused.kind not in (failures.FORBIDDEN, failures.NOT_FOUND):
                raise
            return CompanyPage([], instead.continuation, refused.usage)

    def company_counted(self, continuation: str | None) -> str | None:
        """The division in the address, also of a list over all of them; `current/Me` has none."""
        place = None if continuation is None else Place.of(continuation)
        return None if place is None or place.source is Source.CURRENT else place.division

    async def epoch(self, http: httpx.AsyncClient, access: ProviderAccess) -> str | None:
        """Its move dates. Raises for a person who may not read the list: it counts among Exact's errors."""
        params = {"$select": divisions.DIVISIONS_SELECT, "$filter": f"Code eq {_division(access)}"}
        path = _in_division(access, Source.ACCESSIBLE.path)
        answer = await _get(http, access, path, params)
        found = divisions.companies_of(listed(answer, asked=None, page_size=divisions.PAGE_SIZE))
        return next((each.epoch for each in found if each.external_id == access.company), None)

    async def read(
        self, http: httpx.AsyncClient, access: ProviderAccess, listing: Listing, ask: PageRequest
    ) -> Page:
        asked, params = _skiptoken(ask), dict(listing.parameters)
        if isinstance(listing.cursor, RisingNumber):
            params["$filter"] = feeds.filter_of(listing.cursor.property, ask.since, listing.cursor.start)
        if asked is not None:
            params["$skiptoken"] = asked
        answer = await _get_on(http, access, _in_division(access, listing.path), params)
        return _page(answer, listing, asked)

    async def fetch(
        self, http: httpx.AsyncClient, access: ProviderAccess, listing: Listing, ids: Sequence[str]
    ) -> Page:
        (key,) = listing.key  # a page of ids makes an address far below Exact's 6,000 characters
        params = dict(listing.parameters) | {
            "$filter": " or ".join(f"{key} eq guid'{_guid(each)}'" for each in ids)
        }
        return _page(await _get(http, access, _in_division(access, listing.path), params), listing, None)

    async def removed(
        self, http: httpx.AsyncClient, access: ProviderAccess, feed: Feed, ask: PageRequest
    ) -> RemovalPage:
        asked = _skiptoken(ask)
        params = {"$select": feeds.DELETED_SELECT, "$filter": feeds.filter_of("Timestamp", ask.since, 1)}
        if asked is not None:
            params["$skiptoken"] = asked
        answer = await _get_on(http, access, _in_division(access, feed.name), params)
        page = listed(answer, asked=asked, page_size=feeds.FEED_PAGE_SIZE)
        removed = feeds.removed_items(page.items)
        return RemovalPage(
            removed, page.skiptoken, feeds.watermark(each.sequence for each in removed), answer.date()
        )


async def _divisions(http: httpx.AsyncClient, access: ProviderAccess, place: Place) -> CompanyPage:
    params = {"$select": place.source.select}
    if place.skiptoken is not None:
        params["$skiptoken"] = place.skiptoken
    answer = await _get(http, access, f"/{place.division}{place.source.path}", params)
    page = listed(answer, asked=place.skiptoken, page_size=divisions.PAGE_SIZE)
    following = None if page.skiptoken is None else place._replace(skiptoken=page.skiptoken).continuation
    return CompanyPage(divisions.companies_of(page), following, usage_of(answer, API_WINDOWS))


def _page(answer: Answer, listing: Listing, asked: str | None) -> Page:
    page = listed(answer, asked=asked, page_size=listing.page_size)
    items = [item for item in page.items if vouchers.is_booking(item)] if listing.parts else page.items
    records, broken = read_items(items, listing)
    return Page(
        records=records,
        broken=broken,
        next=page.skiptoken,
        high=_high(page.items, listing),
        total=page.total,
        server_time=answer.date(),
        usage=usage_of(answer, API_WINDOWS),
    )


def _high(items: list[JsonValue], listing: Listing) -> Watermark | None:
    if not isinstance(listing.cursor, RisingNumber):
        return None
    return feeds.watermark(feeds.numbers(items, listing.cursor.property))


def _skiptoken(ask: PageRequest) -> str | None:
    if ask.continuation is not None and not 0 < len(ask.continuation) <= LONGEST_SKIPTOKEN:
        raise failure(failures.CONTINUATION_INVALID)
    return ask.continuation


def _division(access: ProviderAccess) -> str:
    """The division's number, where it stands in a filter."""
    company = access.company or ""
    if not (company.isascii() and company.isdigit()):
        raise failure(failures.REQUEST_UNSENDABLE)
    return company


def _in_division(access: ProviderAccess, path: str) -> str:
    """Every address but `current/Me` begins with a division's number."""
    if not access.company:
        raise failure(failures.REQUEST_UNSENDABLE)
    return f"/{quote(access.company, safe='')}{path}"


def _guid(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise failure(failures.REQUEST_UNSENDABLE) from None


async def _get_on(
    http: httpx.AsyncClient, access: ProviderAccess, path: str, params: Mapping[str, str]
) -> Answer:
    """The same question without its `$skiptoken` was answered: what is refused is the place to read on from."""
    try:
        return await _get(http, access, path, params)
    except ProviderFailure as refused:
        if "$skiptoken" not in params or refused.kind is not failures.REQUEST_REFUSED:
            raise
        usage = refused.usage
    raise failure(failures.CONTINUATION_INVALID, usage=usage)


async def _get(
    http: httpx.AsyncClient, access: ProviderAccess, path: str, params: Mapping[str, str]
) -> Answer:
    """Without `Accept` Exact answers in XML."""
    request = http.build_request(
        "GET",
        access.api_base_url.rstrip("/") + path,
        params=params,
        headers={
            **access.headers,
            "Authorization": f"Bearer {access.access_token}",
            "Accept": "application/json",
        },
    )
    answer = await send(http, request)
    if answer.status != 200:
        raise failure_of(answer)
    return answer


EXACT_ONLINE = ExactOnline(PROFILE, _LISTINGS, REFUSALS)
