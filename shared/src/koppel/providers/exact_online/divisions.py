"""Who logged in, and the divisions that this person may reach, over licences, page by page.

Some users get 403 or 404 on `system/Divisions`; then the divisions of their own licence are asked, and then the one
that they last worked in. That order is not confirmed by Exact (docs/providers/exact_online.md).
"""

from enum import StrEnum
from typing import NamedTuple

from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.calls import Answer
from koppel.providers.company import Company, CompanyKind, CompanyStatus
from koppel.providers.exact_online.odata import LONGEST_SKIPTOKEN, Listed, listed
from koppel.providers.failures import failure
from koppel.providers.kvk import kvk_number
from koppel.providers.mapping import Item

PAGE_SIZE = 60
_API = "/api/v1"
ME = "/current/Me"
ME_SELECT = "UserID,CurrentDivision,DivisionCustomerName"
DIVISIONS_SELECT = (
    "Code,Description,ChamberOfCommerceNumber,VATNumber,Country,Status,BlockingStatus,"
    "IsPracticeDivision,IsDossierDivision,DivisionMoveDate,DivisionHRLinkUnlinkDate"
)
_OWN_LICENCE_SELECT = "Code,Description,ChamberOfCommerceNumber,VATNumber,Country,Status,BlockingStatus"
_STATUS = {0: CompanyStatus.SUSPENDED, 2: CompanyStatus.ARCHIVED}
"""`Status` of a division: 0 inactive, 1 active, 2 archived. A number that is new counts as active: reading will tell."""


class Source(StrEnum):
    """Where the divisions are asked, in this order."""

    ACCESSIBLE = "system"
    OWN_LICENCE = "hrm"
    CURRENT = "current"

    @property
    def path(self) -> str:
        return f"/{self.value}/Divisions"

    @property
    def select(self) -> str:
        return DIVISIONS_SELECT if self is Source.ACCESSIBLE else _OWN_LICENCE_SELECT


class Place(NamedTuple):
    """How far discovery is. `division` is only what the address needs; Exact does not look at it."""

    source: Source
    division: str
    skiptoken: str | None = None

    @property
    def continuation(self) -> str:
        return f"{self.source.value}:{self.division}:{self.skiptoken or ''}"

    @classmethod
    def of(cls, continuation: str) -> "Place":
        """Raises `continuation_invalid` for a text that discovery here did not give."""
        source, _, rest = continuation[: LONGEST_SKIPTOKEN + 40].partition(":")
        division, colon, skiptoken = rest.partition(":")
        known = {each.value: each for each in Source}
        if source in known and colon and division.isascii() and division.isdigit():
            return cls(known[source], division, skiptoken or None)
        raise failure(failures.CONTINUATION_INVALID)

    def instead(self) -> "Place | None":
        """Where to ask when this first page is refused; None when there is nowhere else."""
        order = tuple(Source)
        following = order.index(self.source) + 1
        if self.skiptoken is not None or following == len(order):
            return None
        return Place(order[following], self.division)


class Me(NamedTuple):
    """The person who logged in, and the division that they work in now."""

    user: str
    division: str
    name: str | None


def me_of(answer: Answer) -> Me:
    """Raises `provider_bad_answer`."""
    items = _objects(listed(answer, asked=None, page_size=PAGE_SIZE))
    user, division = (
        (items[0].get("UserID"), _code(items[0].get("CurrentDivision"))) if items else (None, None)
    )
    if not isinstance(user, str) or not 0 < len(user) <= 100 or division is None:
        raise failure(failures.BAD_ANSWER)
    return Me(user.lower(), division, _text(items[0].get("DivisionCustomerName")))


def place_of(api_base_url: str) -> str:
    """Where a user's id is unique: a country's host. A stand-in may play several countries at one, below a path each."""
    return api_base_url.partition("://")[2].rstrip("/").removesuffix(_API)


def companies_of(page: Listed) -> list[Company]:
    """Each division once, the first of those with one number. Raises `provider_bad_answer` for one without."""
    found: dict[str, Company] = {}
    for item in _objects(page):
        company = _company(item)
        found.setdefault(company.external_id, company)
    return list(found.values())


def only_company_of(me: Me) -> Company:
    """The division that the person works in, when no list of divisions can be had: without an epoch."""
    return Company(external_id=me.division, name=me.name or me.division)


def _company(item: Item) -> Company:
    code = _code(item.get("Code"))
    if code is None:
        raise failure(failures.BAD_ANSWER)
    # Elsewhere 8 digits are another register's number.
    is_dutch = (_text(item.get("Country")) or "NL") == "NL"
    return Company(
        external_id=code,
        name=_text(item.get("Description")) or code,
        kvk_number=kvk_number(item.get("ChamberOfCommerceNumber")) if is_dutch else None,
        vat_number=_text(item.get("VATNumber")),
        status=_status(item),
        kind=_kind(item),
        epoch=_epoch(item),
    )


def _status(item: Item) -> CompanyStatus:
    status, blocking = item.get("Status"), item.get("BlockingStatus")
    known = _STATUS.get(status, CompanyStatus.ACTIVE) if isinstance(status, int) else CompanyStatus.ACTIVE
    if known is CompanyStatus.ACTIVE and isinstance(blocking, int) and blocking:
        return CompanyStatus.BLOCKED
    return known


def _kind(item: Item) -> CompanyKind:
    if item.get("IsPracticeDivision") is True:
        return CompanyKind.PRACTICE
    return CompanyKind.DOSSIER if item.get("IsDossierDivision") is True else CompanyKind.BOOKS


def _epoch(item: Item) -> str | None:
    """Both dates as they came; after a move every `Timestamp` was made anew. None where the list has neither."""
    moved, linked = item.get("DivisionMoveDate", ...), item.get("DivisionHRLinkUnlinkDate", ...)
    if moved is ... and linked is ...:
        return None
    return f"{_text(moved) or '-'}/{_text(linked) or '-'}"  # type: ignore[arg-type]


def _objects(page: Listed) -> list[Item]:
    if not all(isinstance(item, dict) for item in page.items):
        raise failure(failures.BAD_ANSWER)
    return [item for item in page.items if isinstance(item, dict)]


def _code(value: JsonValue) -> str | None:
    """A division's number: a whole number, never a fraction, at most as many digits as one has."""
    digits = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return digits if digits.isascii() and digits.isdigit() and len(digits) <= 12 else None


def _text(value: JsonValue) -> str | None:
    return (value.strip() or None) if isinstance(value, str) else None
