"""SnelStart's values: references as objects, times of a wall clock without a zone, amounts as numbers."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import SECOND, as_text
from koppel_sandbox.story.company import Company


def stamp(instant: int) -> str:
    """`2026-03-01T08:15:00.250`."""
    return f"{as_text(instant // SECOND * SECOND)[:-1]}.{instant // 1000 % 1000:03d}"


def day(instant: int) -> str:
    return as_text(instant)[:10] + "T00:00:00"


def reference(company: Company, kind: str, index: int) -> JsonObject:
    identity = company.guid(f"snelstart/{kind}", index)
    return {"id": identity, "uri": f"/{kind}/{identity}"}


def named(company: Company, kind: str, index: int) -> JsonObject:
    """What every object begins with."""
    return {**reference(company, kind, index), "modifiedOn": stamp(company.changed_at(kind, index))}
