"""Up to where a listing was read, in the provider's own terms: which of two is further, and which is worthless."""

from datetime import datetime

from koppel.providers.reading import ChangeCursor, Instant, Sequence, Versions, Watermark, WatermarkKind


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


def _is_before(one: Watermark, other: Watermark) -> bool:
    try:
        if one.kind is WatermarkKind.SEQUENCE:
            return int(one.value) < int(other.value)
        return datetime.fromisoformat(one.value) < datetime.fromisoformat(other.value)
    except (TypeError, ValueError):
        return False
