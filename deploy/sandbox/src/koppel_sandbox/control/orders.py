"""What the control calls ask for, read from their bodies."""

from collections.abc import Collection
from typing import NamedTuple

from koppel_sandbox.books.changes import ChangeOrder
from koppel_sandbox.control import faults
from koppel_sandbox.control.faults import Match
from koppel_sandbox.control.fields import Fields, InputError
from koppel_sandbox.control.reset import MOST_OBJECTS
from koppel_sandbox.documents import JsonObject


def read_change(fields: Fields, collections: Collection[str]) -> ChangeOrder:
    collection = fields.choice("collection", collections)
    counts = [fields.whole(name, 0, high=MOST_OBJECTS) for name in ("change", "add", "remove")]
    fields.end()
    if not any(counts):
        raise InputError("one of change, add and remove must be 1 or more")
    return ChangeOrder(collection, *counts)


_TEN_YEARS = 10 * 366 * 86_400


class FaultOrder(NamedTuple):
    kind: str
    match: Match
    times: int | None
    details: JsonObject


def read_fault(fields: Fields) -> FaultOrder:
    kind = fields.choice("kind", faults.KINDS)
    times = fields.whole("times", None, low=1)
    details = _fault_details(kind, fields)
    match = fields.nested("match")
    method, path = match.text("method", None), match.text("path", None)
    company_id = match.text("company_id", None)
    match.end()
    fields.end()
    if path is not None and not path.startswith("/"):
        raise InputError("match.path must begin with /")
    return FaultOrder(kind, Match(method.upper() if method else None, path, company_id), times, details)


def _fault_details(kind: str, fields: Fields) -> JsonObject:
    if kind == faults.STATUS:
        status = fields.whole("status", None, low=200, high=599)
        if status is None:
            raise InputError("status is required for this kind")
        details: JsonObject = {"status": status, "body": fields.anything("body")}
        details["retry_after"] = fields.whole("retry_after", None)
        return {name: value for name, value in details.items() if value is not None}
    if kind == faults.DELAY:
        return {"seconds": fields.number("seconds", low=0, high=600)}
    if kind == faults.TRUNCATE_LISTING:
        return {"hide_total": fields.flag("hide_total", default=False)}
    return {}


def read_advance(fields: Fields) -> int:
    """Seconds to move a clock ahead; a clock never goes back."""
    seconds = fields.whole("advance_seconds", None, low=0, high=_TEN_YEARS)
    fields.end()
    if seconds is None:
        raise InputError("advance_seconds is required")
    return seconds
