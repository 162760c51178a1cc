"""eAccounting behind the port. Sources: developer.vismaonline.com, API v2 spec."""

from datetime import UTC, datetime

import httpx
from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.calls import Answer, send
from koppel.providers.company import Company
from koppel.providers.eaccounting import contacts, invoices, ledger
from koppel.providers.eaccounting.answers import failure_of, page_of
from koppel.providers.eaccounting.profile import PROFILE
from koppel.providers.failures import failure
from koppel.providers.kvk import kvk_number
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.port import CompanyPage, Provider, ProviderAccess
from koppel.providers.reading import Instant, PageRequest, Watermark, WatermarkKind

_LONGEST_CONTINUATION = 9
"""Digits of a page's number."""

_LISTINGS = (
    ledger.FISCAL_YEARS,
    ledger.VAT_CODES,
    ledger.ACCOUNTS,
    ledger.COST_CENTERS,
    contacts.CUSTOMERS,
    contacts.SUPPLIERS,
    ledger.PROJECTS,
    invoices.CUSTOMER_INVOICES,
    invoices.SUPPLIER_INVOICES,
    ledger.VOUCHERS,
)


class EAccounting(Provider):
    """Visma eAccounting: pages by number, changes since an instant."""

    def __init__(self) -> None:
        super().__init__(PROFILE, _LISTINGS)

    async def discover(
        self, http: httpx.AsyncClient, access: ProviderAccess, continuation: str | None
    ) -> CompanyPage:
        if continuation is not None:  # one login, one company
            raise failure(failures.CONTINUATION_INVALID)
        answer = await _get(http, access, "/companysettings", {})
        return CompanyPage([_company(answer.json_object())])

    async def read(
        self, http: httpx.AsyncClient, access: ProviderAccess, listing: Listing, ask: PageRequest
    ) -> Page:
        number = _page_number(ask.continuation)
        params = {"$page": str(number), "$pagesize": str(min(ask.size, listing.page_size))}
        if isinstance(listing.cursor, Instant) and ask.since is not None:
            params["$filter"] = (
                f"{listing.cursor.property} gt {_date_literal(_start(ask.since, listing.cursor))}"
            )
        return page_of(await _get(http, access, listing.path, params), listing, number)


async def _get(http: httpx.AsyncClient, access: ProviderAccess, path: str, params: dict[str, str]) -> Answer:
    request = http.build_request(
        "GET",
        access.api_base_url.rstrip("/") + path,
        params=params,
        headers={"Authorization": f"Bearer {access.access_token}", **access.headers},
    )
    answer = await send(http, request)
    if answer.status != 200:
        raise failure_of(answer)
    return answer


def _company(settings: dict[str, JsonValue]) -> Company:
    external_id, name = settings.get("CompanyIdentifier"), settings.get("Name")
    vat_number, country = settings.get("VatCode"), settings.get("CountryCode")
    if not isinstance(external_id, str) or not external_id:
        raise failure(failures.BAD_ANSWER)
    # Elsewhere 8 digits are another register's number: Denmark's CVR has 8 as well.
    is_dutch = not country or country == "NL"
    return Company(
        external_id=external_id,
        name=name if isinstance(name, str) and name else external_id,
        kvk_number=kvk_number(settings.get("CorporateIdentityNumber")) if is_dutch else None,
        vat_number=vat_number if isinstance(vat_number, str) and vat_number else None,
    )


def _page_number(continuation: str | None) -> int:
    """Raises `continuation_invalid` for one that no reading here left."""
    if continuation is None:
        return 1
    digits = continuation
    if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_CONTINUATION and int(digits) > 1:
        return int(digits)
    raise failure(failures.CONTINUATION_INVALID)


def _start(since: Watermark, cursor: Instant) -> datetime:
    """From when to read. Raises `watermark_invalid` for a text that is no instant with its zone."""
    try:
        start = datetime.fromisoformat(since.value) - cursor.overlap
    except (ValueError, OverflowError):
        start = None
    if start is None or start.tzinfo is None or since.kind is not WatermarkKind.INSTANT:
        raise failure(failures.WATERMARK_INVALID)
    return start


def _date_literal(since: datetime) -> str:
    """An unquoted OData instant in UTC, cut to milliseconds: downwards, so that nothing is missed."""
    utc = since.astimezone(UTC).replace(tzinfo=None)
    timespec = "milliseconds" if utc.microsecond >= 1000 else "seconds"
    return f"{utc.isoformat(timespec=timespec)}Z"


EACCOUNTING: Provider = EAccounting()
