"""Moneybird behind the port."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import httpx

from koppel.providers import failures
from koppel.providers.calls import Answer, send
from koppel.providers.company import Company
from koppel.providers.counters import usage_of
from koppel.providers.failures import failure
from koppel.providers.listed_records import Page, read_items
from koppel.providers.listing import Listing
from koppel.providers.moneybird import contacts, invoices, ledger
from koppel.providers.moneybird.answers import failure_of, has_next_page
from koppel.providers.moneybird.companies import companies_of, with_identity
from koppel.providers.moneybird.profile import PROFILE
from koppel.providers.moneybird.versions import asked_for, versions_of
from koppel.providers.port import CompanyPage, Provider, ProviderAccess
from koppel.providers.reading import PageRequest

_UNPAGED = frozenset({ledger.ACCOUNTS.name})
_LONGEST_CONTINUATION = 9
"""Digits of a page's number."""

_LISTINGS = (
    ledger.VAT_CODES,
    ledger.ACCOUNTS,
    contacts.CONTACTS,
    ledger.PROJECTS,
    invoices.SALES_INVOICES,
    invoices.EXTERNAL_SALES_INVOICES,
    invoices.PURCHASE_INVOICES,
    invoices.RECEIPTS,
    ledger.JOURNAL_DOCUMENTS,
)


class Moneybird(Provider):
    """Moneybird. No call names the person behind a login: who logged in is known by what the login reaches."""

    async def discover(
        self, http: httpx.AsyncClient, access: ProviderAccess, continuation: str | None
    ) -> CompanyPage:
        if continuation is not None:  # one list, never paged
            raise failure(failures.CONTINUATION_INVALID)
        answer = await _call(http, access, "/administrations.json")
        return CompanyPage(companies_of(answer.json_list()), None, usage_of(answer, PROFILE.windows))

    async def details(self, http: httpx.AsyncClient, access: ProviderAccess, company: Company) -> Company:
        path = f"/{quote(company.external_id, safe='')}/identities/default.json"
        return with_identity(company, (await _call(http, access, path)).json_object())

    async def read(
        self, http: httpx.AsyncClient, access: ProviderAccess, listing: Listing, ask: PageRequest
    ) -> Page:
        number, paged = _page_number(ask), listing.name not in _UNPAGED
        params = dict(listing.parameters)
        if paged:
            params |= {"page": str(number), "per_page": str(min(ask.size, listing.page_size))}
        answer = await _call(http, access, _path(access, f"{listing.path}.json"), params, past_end=number > 1)
        if answer.status != 200:  # rows went while it was read: the page before was the last
            return Page(records=[], broken=[], next=None, server_time=answer.date())
        return _page(answer, listing, str(number + 1) if paged and has_next_page(answer) else None)

    async def versions(
        self, http: httpx.AsyncClient, access: ProviderAccess, listing: Listing
    ) -> Mapping[str, str]:
        path = _path(access, f"{listing.path}/synchronization.json")
        return versions_of((await _call(http, access, path, listing.parameters)).json_list())

    async def fetch(
        self, http: httpx.AsyncClient, access: ProviderAccess, listing: Listing, ids: Sequence[str]
    ) -> Page:
        path = _path(access, f"{listing.path}/synchronization.json")
        answer = await _call(http, access, path, ids=ids)
        return _page(answer, listing, None, ids)


def _page(answer: Answer, listing: Listing, following: str | None, ids: Sequence[str] | None = None) -> Page:
    items = answer.json_list()
    records, broken = read_items(items if ids is None else asked_for(items, ids), listing)
    return Page(
        records=records,
        broken=broken,
        next=following,
        server_time=answer.date(),
        usage=usage_of(answer, PROFILE.windows),
    )


def _page_number(ask: PageRequest) -> int:
    """Raises `continuation_invalid` for one that another listing or provider made."""
    if ask.continuation is None:
        return 1
    digits = ask.continuation
    if not (
        digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_CONTINUATION and int(digits) > 1
    ):
        raise failure(failures.CONTINUATION_INVALID)
    return int(digits)


def _path(access: ProviderAccess, path: str) -> str:
    """Every address but the list of administrations begins with an administration's id."""
    if not access.company:
        raise failure(failures.REQUEST_UNSENDABLE)
    return f"/{quote(access.company, safe='')}{path}"


async def _call(
    http: httpx.AsyncClient,
    access: ProviderAccess,
    path: str,
    params: Mapping[str, str] | None = None,
    *,
    ids: Sequence[str] | None = None,
    past_end: bool = False,
) -> Answer:
    """A GET, or with `ids` a POST of them. With `past_end` a 400 is given back: the page's number is all that is new."""
    request = http.build_request(
        "GET" if ids is None else "POST",
        access.api_base_url.rstrip("/") + path,
        params=params or None,
        json=None if ids is None else {"ids": list(ids)},
        headers={**access.headers, "Authorization": f"Bearer {access.access_token}"},
    )
    answer = await send(http, request)
    if answer.status != 200 and not (past_end and answer.status == 400):
        raise failure_of(answer, in_administration=path != "/administrations.json")
    return answer


MONEYBIRD: Provider = Moneybird(PROFILE, _LISTINGS)
