"""Watermarks as columns: kind and value, beside the instants that the release before goes by."""

from datetime import UTC, datetime, timedelta

from koppel.providers.reading import Watermark, WatermarkKind

OVERLAP_BEFORE = timedelta(minutes=5)
"""The release before stored a filter that was moved back by this much already."""


def columns_of(watermark: Watermark | None) -> tuple[str | None, str | None]:
    return (None, None) if watermark is None else (watermark.kind.value, watermark.value)


def watermark_of(kind: str | None, value: str | None, instant: datetime | None) -> Watermark | None:
    """The watermark; where there is only an instant, a process of the release before left it."""
    if kind is not None and value is not None:
        return Watermark(WatermarkKind(kind), value)
    return None if instant is None else Watermark(WatermarkKind.INSTANT, instant.astimezone(UTC).isoformat())


def instant_of(watermark: Watermark | None) -> datetime | None:
    """The instant that a watermark is, if it is one with a time zone."""
    if watermark is None or watermark.kind is not WatermarkKind.INSTANT:
        return None
    try:
        instant = datetime.fromisoformat(watermark.value)
    except ValueError:
        return None
    return None if instant.tzinfo is None else instant
