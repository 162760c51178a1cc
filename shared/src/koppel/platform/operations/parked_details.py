"""What is told of one parked event beyond the list: who sent it, why attempts failed, and what it holds."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
from pydantic import Field

from koppel.platform.consumer.parked.cause import CauseClass
from koppel.platform.consumer.parked.store import record_from_row
from koppel.platform.http import ResponseModel

_MOST_BYTES = 256 * 1024
_MOST_OF_A_HEADER = 8 * 1024
_MOST_HEADERS = 100
_LONGEST_SOURCE = 500


class FailedAttempt(ResponseModel):
    """An attempt at a parked event."""

    at: datetime = Field(description="When it was tried.")
    kind: CauseClass = Field(
        validation_alias="class",
        serialization_alias="class",
        description="Whether it was to be tried again by itself.",
    )
    code: str = Field(description="Why it failed, for a program.")
    detail: str = Field(description="Why it failed, in English.")


class RawBytes(ResponseModel):
    """Bytes as they came: as text where they are UTF-8, else in base64."""

    bytes: int = Field(description="How many there are.")
    text: str | None = Field(description="The text; null: they are no UTF-8.")
    base64: str | None = Field(description="The same in base64; null: they are text.")
    cut: bool = Field(description="Whether only their beginning is shown.")


class RawHeader(ResponseModel):
    """A header as it came."""

    name: str = Field(description="Its name.")
    value: RawBytes | None = Field(description="Its value; null: it has none.")


class RawRecord(ResponseModel):
    """What came from Kafka: of the value the first 256 KiB, of headers the first hundred."""

    key: RawBytes | None = Field(description="Its key; null: it has none.")
    headers: list[RawHeader] = Field(description="Its headers, in their order.")
    value: RawBytes | None = Field(description="What it holds; null: nothing.")


def failed_attempts(row: asyncpg.Record) -> list[FailedAttempt]:
    """The last of them, oldest first."""
    return [FailedAttempt.model_validate(each) for each in row["attempt_errors"]]


def source(row: asyncpg.Record) -> str | None:
    """Who sent it, as its header says; None: it says nothing that can be read."""
    values = [value for name, value in record_from_row(row).headers if name == "ce_source"]
    return values[-1][:_LONGEST_SOURCE].decode(errors="replace") if values and values[-1] else None


def raw_record(row: asyncpg.Record) -> RawRecord:
    """What came from Kafka."""
    record = record_from_row(row)
    headers: Sequence[tuple[str, bytes | None]] = record.headers[:_MOST_HEADERS]
    return RawRecord(
        key=_shown(record.key, _MOST_OF_A_HEADER),
        headers=[
            RawHeader(name=name[:_MOST_OF_A_HEADER], value=_shown(value, _MOST_OF_A_HEADER))
            for name, value in headers
        ],
        value=_shown(record.value, _MOST_BYTES),
    )


def _shown(given: bytes | None, most: int) -> RawBytes | None:
    if given is None:
        return None
    kept = given[:most]
    cut: dict[str, Any] = {"bytes": len(given), "cut": len(kept) < len(given)}
    try:
        return RawBytes(text=kept.decode(), base64=None, **cut)
    except UnicodeDecodeError as error:
        if cut["cut"] and error.reason == "unexpected end of data":
            return RawBytes(text=kept[: error.start].decode(), base64=None, **cut)
    return RawBytes(text=None, base64=base64.b64encode(kept).decode(), **cut)
