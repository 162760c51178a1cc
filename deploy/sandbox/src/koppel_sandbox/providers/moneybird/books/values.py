"""Moneybird's values: ids of 18 digits, times with milliseconds, amounts as text."""

from koppel_sandbox.instants import SECOND, as_date, as_text
from koppel_sandbox.story.company import Company
from koppel_sandbox.story.draw import digest

_FIRST_ID = 4 * 10**17


def record_id(company: Company, kind: str, index: int) -> str:
    """18 digits, more than a double can hold."""
    return str(_FIRST_ID + digest(company.key(f"moneybird/{kind}", index), 7))


def administration_id(company: Company) -> str:
    return record_id(company, "administrations", 0)


def amount(cents: int) -> str:
    """`363.0`, `12.5`: decimal text without padding."""
    return str(cents / 100)


def moment(instant: int) -> str:
    """`2026-03-01T08:15:00.250Z`."""
    return f"{as_text(instant // SECOND * SECOND)[:-1]}.{instant // 1000 % 1000:03d}Z"


def day(instant: int) -> str:
    return as_date(instant)[:10]
