"""eAccounting's answers: what an error means, and how a list is wrapped.

Error codes are those of developer.vismaonline.com, "Error codes". Codes that only a write can meet (2000,
4000, 4001, 4019, 4026, 4038, 4048) have no entry: Koppel writes nothing, so they are refusals like any other.
"""

import re
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.calls import LONGEST_WAIT, Answer
from koppel.providers.conversion import Unmappable, moment
from koppel.providers.failures import FailureKind, ProviderFailure, failure
from koppel.providers.listed_records import Page, read_items
from koppel.providers.listing import Listing
from koppel.providers.reading import Instant, Watermark, WatermarkKind

_BY_CODE: dict[int, FailureKind] = {
    3000: failures.NOT_FOUND,
    3001: failures.NOT_FOUND,
    3002: failures.NOT_FOUND,
    4002: failures.MODULE_UNAVAILABLE,
    4003: failures.COMPANY_SETUP_INCOMPLETE,
    4004: failures.COMPANY_INACTIVE,
    4005: failures.UNAUTHORIZED,
    4006: failures.SCOPE_MISSING,
    4007: failures.FORBIDDEN,
    4009: failures.MODULE_UNAVAILABLE,
    4010: failures.RATE_LIMITED,
    4011: failures.NO_COMPANY_ACCESS,
    4012: failures.LICENCE_TERMS,
    4034: failures.CLIENT_INVALID,  # a test client at a real company
    5000: failures.UNAVAILABLE,
    5001: failures.UNAVAILABLE,
    5002: failures.UNAVAILABLE,
}

_BY_STATUS: dict[int, FailureKind] = {
    401: failures.UNAUTHORIZED,
    403: failures.FORBIDDEN,
    404: failures.NOT_FOUND,
    408: failures.TIMEOUT,
    429: failures.RATE_LIMITED,
}

_SECONDS = re.compile(r"([0-9]{1,6})\s*s(?:ec|\b)", re.IGNORECASE)


def failure_of(answer: Answer) -> ProviderFailure:
    """The failure behind an answer that is not 200; a 5xx is the provider's, whatever its body says."""
    body = answer.error_object()
    code = body.get("ErrorCode")
    number = code if isinstance(code, int) and not isinstance(code, bool) else None
    kind = _kind(answer.status, number)
    wait = answer.retry_after()
    if wait is None and kind is failures.RATE_LIMITED:
        wait = _wait(answer, body.get("DeveloperErrorMessage"))
    return failure(kind, provider_code=number, error_id=_error_id(body.get("ErrorId")), retry_after=wait)


def _kind(status: int, number: int | None) -> FailureKind:
    if status < 400:  # redirects are not followed, 204 has no page
        return failures.BAD_ANSWER
    if status >= 500:
        return failures.UNAVAILABLE
    if status == 429:
        return failures.RATE_LIMITED
    known = _BY_CODE.get(number) if number is not None else None
    return known or _BY_STATUS.get(status, failures.REQUEST_REFUSED)


def _wait(answer: Answer, message: JsonValue) -> float:
    """Seconds: those in the text, else to the next whole minute of the provider's clock."""
    told = _SECONDS.search(message) if isinstance(message, str) else None
    if told:
        return min(float(told[1]), LONGEST_WAIT)
    now = answer.date()
    return float(60 - now.second) if now else 60.0


def _error_id(value: JsonValue) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def page_of(answer: Answer, listing: Listing, number: int) -> Page:
    """The envelope `{"Meta": …, "Data": […]}` as a page. Raises `provider_bad_answer`."""
    body = answer.json_object()
    meta, items = body.get("Meta"), body.get("Data")
    if not isinstance(meta, dict) or not isinstance(items, list):
        raise failure(failures.BAD_ANSWER)
    current, total_pages = _count(meta.get("CurrentPage")), _count(meta.get("TotalNumberOfPages"))
    if items and current is not None and current != number:
        raise failure(failures.BAD_ANSWER)  # another page than was asked for: reading on would go round
    records, broken = read_items(items, listing)
    is_last = number >= total_pages if total_pages is not None else not items
    server_time = _server_time(meta.get("ServerTimeUtc"))
    return Page(
        records=records,
        broken=broken,
        next=None if is_last else str(number + 1),
        high=_high(listing, server_time) if number == 1 else None,
        total=_count(meta.get("TotalNumberOfResults")),
        server_time=server_time,
    )


def _high(listing: Listing, server_time: datetime | None) -> Watermark | None:
    """The provider's clock at the first page: what changes while later pages are read is read next time."""
    if server_time is None or not isinstance(listing.cursor, Instant):
        return None
    return Watermark(WatermarkKind.INSTANT, server_time.isoformat())


def _count(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _server_time(value: JsonValue) -> datetime | None:
    try:
        return moment(value)
    except Unmappable:
        return None
