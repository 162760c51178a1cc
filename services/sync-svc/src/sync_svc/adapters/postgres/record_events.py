"""The JSON of a record's events, cut open where each record differs, so that SQL can fill it in.

Cut from the models themselves: a field that a model gains is in the JSON without a change here.
"""

from datetime import datetime

from koppel.contracts.record import RecordChanged, RecordDeleted
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.run import Run

_ID, _REVISION, _DATA = '"external_id":', '"revision":', '"data":'


def changed_json(run: Run, progress: ListingProgress, at: datetime) -> tuple[str, str, str, str]:
    """What stands before external id, revision and data, and after data."""
    event = RecordChanged(
        organisation_id=run.organisation_id,
        administration_id=run.administration_id,
        resource=progress.resource,
        external_id="",
        revision=0,
        run_id=run.run_id,
        data={},
        changed_at=at,
    )
    first, second, third, last = _cut(event.model_dump_json(), _ID + '""', _REVISION + "0", _DATA + "{}")
    return first + _ID, second + _REVISION, third + _DATA, last


def deleted_json(run: Run, progress: ListingProgress, at: datetime) -> tuple[str, str, str]:
    """What stands before external id and revision, and after revision."""
    event = RecordDeleted(
        organisation_id=run.organisation_id,
        administration_id=run.administration_id,
        resource=progress.resource,
        external_id="",
        revision=0,
        run_id=run.run_id,
        deleted_at=at,
    )
    first, second, last = _cut(event.model_dump_json(), _ID + '""', _REVISION + "0")
    return first + _ID, second + _REVISION, last


def _cut(text: str, *places: str) -> list[str]:
    parts = []
    for place in places:
        before, found, text = text.partition(place)
        if not found:
            raise AssertionError(f"the event's JSON has no {place} in this order")
        parts.append(before)
    return [*parts, text]
