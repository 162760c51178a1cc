"""Exact's values: times in milliseconds inside a text, codes padded with blanks, numbers of divisions."""

from koppel_sandbox.story.company import Company
from koppel_sandbox.story.draw import digest

_CODE_LENGTH = 18
_FIRST_DIVISION = 1_000_000
_DIVISIONS_A_SEED = 100_000


def odata_date(instant: int) -> str:
    """`/Date(1351209600000)/`; a date without a time is midnight UTC."""
    return f"/Date({instant // 1000})/"


def milliseconds(text: object) -> int | None:
    """The number inside `/Date(…)/`."""
    inner = str(text).removeprefix("/Date(").removesuffix(")/")
    return int(inner) if inner.lstrip("-").isdigit() else None


def padded(code: object) -> str:
    """An account's code stands at the right of 18 places."""
    return str(code).rjust(_CODE_LENGTH)


def division_code(company: Company) -> int:
    """The number in the division's addresses; another seed has other numbers."""
    first = _FIRST_DIVISION + digest(f"{company.seed}/exact", 3) % 80 * _DIVISIONS_A_SEED
    return first + company.number


def euros(cents: int) -> float:
    return cents / 100
