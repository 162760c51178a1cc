"""SnelStart's change stamps: a wall clock without a zone, sent back in the form in which it came."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.failures import failure
from koppel.providers.reading import Instant, Watermark, WatermarkKind

PROPERTY = "modifiedOn"

CHANGES = Instant(PROPERTY, overlap=timedelta(minutes=65))
"""Whose clock it is is not told. An hour more than usual, since the Dutch clock goes back one in October."""

_LONGEST = 40


def newest(items: Iterable[JsonValue]) -> Watermark | None:
    """The greatest stamp of a page, None when there is none; one that is no time is passed."""
    stamps = [stamp for item in items if isinstance(item, dict) and (stamp := item.get(PROPERTY)) is not None]
    readable = [(moment, stamp) for stamp in stamps if isinstance(stamp, str) and (moment := _moment(stamp))]
    return Watermark(WatermarkKind.INSTANT, max(readable)[1]) if readable else None


def filter_of(since: Watermark, overlap: timedelta) -> str:
    """What changed after the watermark, less the overlap. Raises `watermark_invalid`."""
    moment = _moment(since.value) if since.kind is WatermarkKind.INSTANT else None
    if moment is None:
        raise failure(failures.WATERMARK_INVALID)
    try:
        start = moment - overlap
    except OverflowError:
        start = datetime.min  # noqa: DTZ901  # a wall clock has no zone
    return f"ModifiedOn gt datetime'{start.isoformat(timespec='milliseconds')}'"


def _moment(stamp: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(stamp) if len(stamp) <= _LONGEST else None
    except ValueError:
        return None
    return parsed.replace(tzinfo=None) if parsed else None
