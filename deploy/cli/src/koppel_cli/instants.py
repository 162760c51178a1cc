"""Instants as people say them: `today`, `2h` ago, or ISO 8601."""

from datetime import UTC, datetime, timedelta

import typer

_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def instant(text: str | None) -> str | None:
    """ISO 8601 in UTC. `today` began at midnight of this machine's clock. Raises `BadParameter` for what is none."""
    if text is None:
        return None
    now = datetime.now(UTC)
    if text == "today":
        midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        return _iso(midnight)
    for unit, length in _UNITS.items():
        number = text.removesuffix(unit)
        if number != text and number.isdecimal() and len(number) <= 5:
            return _iso(now - int(number) * length)
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text} is no time: today, 30min, 2h, 3d or 2026-11-25T08:00:00Z."
        ) from None
    return _iso(told if told.tzinfo else told.astimezone())


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
