"""Stored bodies: the one place that knows how canonical fields and a provider's own JSON lie in PostgreSQL.

Today both are `json` columns, written and read as text. Whoever changes that changes this module and the columns.
"""

from collections.abc import Sequence

import asyncpg
import orjson
from pydantic import JsonValue

from koppel.providers.listed_records import ProviderRecord

PART_BODIES = (
    "array_agg(part.raw::text order by part.part_id) filter (where part.part_id is not null) as bodies"
)
"""SQL: the bodies of the parts of a record, in order of their ids."""


def data_column(records: Sequence[ProviderRecord]) -> list[str]:
    """The canonical fields of records as they are stored."""
    return [orjson.dumps(record.data).decode() for record in records]


def raw_column(records: Sequence[ProviderRecord]) -> list[str]:
    """The provider's own JSON of records, or of parts, as it is stored."""
    return [record.raw for record in records]


def data_of(row: asyncpg.Record) -> dict[str, JsonValue]:
    """The canonical fields of a row."""
    data: dict[str, JsonValue] = row["data"]
    return data


def raw_of(row: asyncpg.Record) -> dict[str, JsonValue]:
    """The provider's own JSON of a row."""
    raw: dict[str, JsonValue] = row["raw"]
    return raw


def part_bodies_of(row: asyncpg.Record) -> Sequence[str]:
    """What `PART_BODIES` selected, as the texts that `put_together` takes."""
    bodies: Sequence[str] | None = row["bodies"]
    return bodies or ()
