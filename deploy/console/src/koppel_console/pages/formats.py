"""Times, durations and numbers as people write them: Amsterdam's clock for offices, UTC in the tooltip."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from koppel_console.words import Language

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_MONTHS = {
    "nl": ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


def instant_of(value: object) -> datetime | None:
    """From a service's text, or as it is; None for anything else."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def typed_instant(text: str, zone: tzinfo) -> datetime | None:
    """What a field for times sends, by the clock of `zone` unless it names its own; None for what is no time."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def moment(at: datetime, language: Language, zone: tzinfo = AMSTERDAM) -> str:
    """`29 nov 2026 14:02:11` by Amsterdam's clock; by another one with its name behind."""
    there = at.astimezone(zone)
    return f"{there.day} {_MONTHS[language][there.month - 1]} {there.year} {clock(at, zone)}"


def clock(at: datetime, zone: tzinfo = AMSTERDAM) -> str:
    """`14:02:11` by Amsterdam's clock; by another one with its name behind: `13:02:11 UTC`."""
    return f"{at.astimezone(zone):%H:%M:%S}{'' if zone is AMSTERDAM else f' {zone}'}"


def in_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def relative(at: datetime, now: datetime, language: Language) -> str:
    """`3 minuten geleden`, `over 2 uur`."""
    seconds = (now - at).total_seconds()
    span = duration(abs(seconds), language)
    if language == "nl":
        return f"{span} geleden" if seconds >= 0 else f"over {span}"
    return f"{span} ago" if seconds >= 0 else f"in {span}"


def duration(seconds: float, language: Language) -> str:
    """The largest unit that fits, and one below it where that says more: `1 uur 5 min`."""
    nl = language == "nl"
    whole = round(seconds)
    if whole < 1:
        return "minder dan 1 s" if nl else "less than 1 s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole < 600 and whole % 60 else "")
    if whole < 48 * 3600:
        rest = whole % 3600 // 60
        return f"{whole // 3600} {'uur' if nl else 'h'}" + (f" {rest} min" if rest else "")
    return f"{whole // 86400} {'dagen' if nl else 'days'}"


def number(value: object, language: Language) -> str:
    """Thousands by a dot in Dutch, by a comma in English; other values as they are."""
    if not isinstance(value, int) or isinstance(value, bool):
        return "" if value is None else str(value)
    return f"{value:,}".replace(",", "." if language == "nl" else ",")
