"""SnelStart behind the port."""

from collections.abc import Mapping

import httpx
from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.calls import Answer, send
from koppel.providers.company import Company
from koppel.providers.failures import failure
from koppel.providers.kvk import kvk_number
from koppel.providers.listed_records import Page, read_items
from koppel.providers.listing import Listing
from koppel.providers.port import (
    CompanyPage,
    KeyNotice,
    LoginIdentity,
    Provider,
    ProviderAccess,
)
from koppel.providers.profile import Endpoints
from koppel.providers.reading import Instant, PageRequest
from koppel.providers.snelstart import invoices, ledger, relations, tokens
from koppel.providers.snelstart.answers import failure_of
from koppel.providers.snelstart.notices import notice_of
from koppel.providers.snelstart.paging import Place
from koppel.providers.snelstart.profile import PROFILE
from koppel.providers.snelstart.stamps import filter_of, newest
from koppel.providers.tokens import ClientCredentials, TokenSet

_LISTINGS = (
    ledger.JOURNALS,
    ledger.VAT_RATES,
    ledger.ACCOUNTS,
    ledger.COST_CENTERS,
    relations.RELATIONS,
    invoices.CUSTOMER_INVOICES,
    invoices.SUPPLIER_INVOICES,
    ledger.LEDGER_LINES,
)
_UNPAGED = frozenset({ledger.JOURNALS.name, ledger.VAT_RATES.name, ledger.COST_CENTERS.name})
"""Served whole; they ignore `$skip`, `$top` and `$filter` without a word."""


class SnelStart(Provider):
    """SnelStart: a key opens one administration, and is what a login is elsewhere."""

    async def exchange_key(
        self,
        http: httpx.AsyncClient,
        endpoints: Endpoints,
        credentials: ClientCredentials,  # a key stands for itself
        *,
        key: Mapping[str, str],
    ) -> TokenSet:
        return await tokens.exchange(http, endpoints.token_url, {}, key.get("key", "").strip())

    async def login(self, http: httpx.AsyncClient, access: ProviderAccess) -> LoginIdentity:
        company = await _own_company(http, access)
        return LoginIdentity(place=PROFILE.id, subject=company.external_id)

    async def discover(
        self, http: httpx.AsyncClient, access: ProviderAccess, continuation: str | None
    ) -> CompanyPage:
        if continuation is not None:  # one key, one company
            raise failure(failures.CONTINUATION_INVALID)
        return CompanyPage([await _own_company(http, access)])

    async def read(
        self, http: httpx.AsyncClient, access: ProviderAccess, listing: Listing, ask: PageRequest
    ) -> Page:
        if listing.name in _UNPAGED:
            if ask.continuation is not None:
                raise failure(failures.CONTINUATION_INVALID)
            answer = await _get(http, access, listing.path)
            return _page(answer, answer.json_list(), listing, None)
        place, size = Place.of(ask.continuation), min(ask.size, listing.page_size)
        params = {"$skip": str(place.skip), "$top": str(size)}
        if ask.since is not None and isinstance(listing.cursor, Instant):
            params["$filter"] = filter_of(ask.since, listing.cursor.overlap)
        answer = await _get(http, access, listing.path, params)
        items = answer.json_list()
        following = place.after(items, size)
        return _page(answer, items, listing, following.as_text() if following else None)

    def key_notice(self, body: bytes) -> KeyNotice:
        return notice_of(body)


def _page(answer: Answer, items: list[JsonValue], listing: Listing, following: str | None) -> Page:
    if listing is relations.RELATIONS:
        items = [item for item in items if relations.is_contact(item)]
    if listing.parts is not None:
        items = [ledger.with_entry(item) for item in items]
    records, broken = read_items(items, listing)
    high = newest(items) if isinstance(listing.cursor, Instant) else None
    return Page(records=records, broken=broken, next=following, high=high, server_time=answer.date())


async def _own_company(http: httpx.AsyncClient, access: ProviderAccess) -> Company:
    told = (await _get(http, access, "/companyInfo")).json_object()
    identity, name = told.get("administratieIdentifier"), told.get("administratieNaam")
    vat = told.get("btwIdentificatieNummer") or told.get("btwNummer")
    if not isinstance(identity, str) or not identity:
        raise failure(failures.BAD_ANSWER)
    return Company(
        external_id=identity,
        name=name if isinstance(name, str) and name else identity,
        kvk_number=kvk_number(told.get("kvKNummer")),
        vat_number=vat if isinstance(vat, str) and vat else None,
    )


async def _get(
    http: httpx.AsyncClient, access: ProviderAccess, path: str, params: Mapping[str, str] | None = None
) -> Answer:
    request = http.build_request(
        "GET",
        access.api_base_url.rstrip("/") + path,
        params=params,
        headers={**access.headers, "Authorization": f"Bearer {access.access_token}"},
    )
    answer = await send(http, request)
    if answer.status != 200:
        raise failure_of(answer)
    return answer


SNELSTART: Provider = SnelStart(PROFILE, _LISTINGS)
