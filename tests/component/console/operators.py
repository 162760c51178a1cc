"""Operators' screens under test: an operator's browser, and what services say of parked events and replays."""

from typing import Any
from uuid import uuid4

from tests.component.console.outside import SERVICES, Outside

EVENT, RELEASE, REPLAY, ADMINISTRATION = (str(uuid4()) for _ in range(4))
CAUSE = {
    "consumer": "sync-svc",
    "class": "permanent",
    "code": "grant_of_another_organisation",
    "type": "nl.koppel.AdministrationImported.v1",
    "topic": "koppel.administration.v1",
    "events": 44,
    "keys": 40,
    "due_by_themselves": 0,
    "oldest_parked_at": "2026-11-29T10:00:00Z",
    "example": {"id": EVENT, "detail": "The grant is of another organisation."},
}
PARKED = {
    "id": EVENT,
    "consumer": "sync-svc",
    "topic": "koppel.administration.v1",
    "partition": 3,
    "offset": 17,
    "key": ADMINISTRATION,
    "version": 2,
    "event_id": str(uuid4()),
    "type": CAUSE["type"],
    "organisation_id": str(uuid4()),
    "cause": {"class": "permanent", "code": CAUSE["code"], "detail": "The grant is of another organisation."},
    "attempts": 1,
    "next_attempt_at": None,
    "parked_at": "2026-11-29T10:00:00Z",
    "apart": False,
    "followers_held": 2,
    "source": "urn:koppel:import-svc",
    "attempt_errors": [
        {"at": "2026-11-29T10:00:00Z", "class": "permanent", "code": "first_try", "detail": "No."}
    ],
    "raw": None,
}


def verdict(outcome: str, code: str | None = None) -> dict[str, Any]:
    """One event of a dry run."""
    cause = None if code is None else {"class": "permanent", "code": code, "detail": "Still so."}
    return {
        "id": str(uuid4()),
        "outcome": outcome,
        "cause": cause,
        "followers_passing": 0,
        "followers_held": 0,
    }


def stock(outside: Outside) -> None:
    """One parked event and one release are there, and every address that a screen asks has an answer."""
    for service in SERVICES:
        outside.lists(service, "/ops/v1/parked-causes")
        outside.lists(service, f"/ops/v1/find/{EVENT}")
        told: dict[str, Any] = {"head": None, "events": [], "consumers": []}
        outside.says("GET", service, f"/ops/v1/streams/koppel.administration.v1/{ADMINISTRATION}", told)
    outside.lists("sync-svc", "/ops/v1/parked-causes", CAUSE)
    outside.says("GET", "sync-svc", f"/ops/v1/parked/{EVENT}", PARKED)
    outside.says("GET", "sync-svc", f"/ops/v1/releases/{RELEASE}", {"id": RELEASE, "state": "finished"})
