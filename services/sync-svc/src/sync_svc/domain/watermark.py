"""Up to where a listing was read, in the provider's own terms: which of two is further, and which is worthless."""

from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from koppel.providers.reading import (
    ChangeCursor,
    Instant,
    Sequence,
    Versions,
    Watermark,
    WatermarkKind,
    sequence_number,
)


def kind_of(cursor: ChangeCursor) -> WatermarkKind:
    """The kind of watermark that readings by this cursor leave."""
    match cursor:
        case Instant():
            return WatermarkKind.INSTANT
        case Sequence():
            return WatermarkKind.SEQUENCE
        case Versions():
            return WatermarkKind.VERSIONS
        case _:
            return WatermarkKind.WHOLE


def usable(held: Watermark | None, cursor: ChangeCursor) -> Watermark | None:
    """The watermark, unless the listing's cursor has become of another kind since."""
    return held if held is not None and held.kind is kind_of(cursor) else None


def further(one: Watermark | None, other: Watermark | None) -> Watermark | None:
    """The further of two; a watermark only rises. Of two that cannot be compared it is `other`, the newer."""
    if one is None or other is None:
        return one or other
    return one if _is_before(other, one) else other


def went_back(since: Watermark | None, high: Watermark | None) -> bool:
    """Whether a feed that was asked for what lies above `since` has nothing that high: its numbers were made anew.

    An instant that is earlier is a clock that was set back: the watermark stays where it is.
    """
    if since is None or high is None or since.kind is not WatermarkKind.SEQUENCE:
        return False
    return _is_before(high, since)


LONGEST_OVERLAP = timedelta(hours=24)
"""As far as the overlap is raised by itself."""
_FIRST_OVERLAP = timedelta(minutes=10)


def stamped_before(stamp: JsonValue, known: Watermark) -> bool:
    """Whether a change with this stamp lay within what increments had read. A stamp that says nothing does not."""
    if known.kind is WatermarkKind.SEQUENCE:
        number = sequence_number(stamp)
        return number is not None and known.value.isdigit() and number <= int(known.value)
    if known.kind is not WatermarkKind.INSTANT or not isinstance(stamp, str):
        return False
    try:
        at, until = datetime.fromisoformat(stamp), datetime.fromisoformat(known.value)
    except ValueError:
        return False
    return _in_utc(at) <= _in_utc(until)


def raised(overlap: timedelta) -> timedelta:
    """The overlap after a sweep found changes that increments had missed: twice as long, up to a day."""
    return min(max(overlap * 2, _FIRST_OVERLAP), LONGEST_OVERLAP)


def earlier(watermark: Watermark | None, overlap: timedelta) -> Watermark | None:
    """An instant moved back by the overlap; anything else as it is."""
    if watermark is None or watermark.kind is not WatermarkKind.INSTANT or not overlap:
        return watermark
    try:
        moved = datetime.fromisoformat(watermark.value) - overlap
    except (ValueError, OverflowError):
        return watermark
    return Watermark(watermark.kind, moved.isoformat())


def _in_utc(at: datetime) -> datetime:
    """Providers write UTC where they write no zone."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _is_before(one: Watermark, other: Watermark) -> bool:
    try:
        if one.kind is WatermarkKind.SEQUENCE:
            return int(one.value) < int(other.value)
        return datetime.fromisoformat(one.value) < datetime.fromisoformat(other.value)
    except (TypeError, ValueError):
        return False
