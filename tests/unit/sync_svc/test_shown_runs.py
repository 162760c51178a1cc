"""A run as the API shows it says of every resource that was asked for what became of it."""

from dataclasses import replace
from datetime import UTC, datetime

from koppel.contracts.values import Failure, ResourceName, SyncMode, SyncOutcome, SyncTrigger, WhoMustAct
from koppel.kernel.ids import new_id
from sync_svc.application.views import RunView
from sync_svc.domain.listing import ListingProgress, ListingState
from sync_svc.domain.request import Wanted
from sync_svc.domain.run import Run, RunState
from sync_svc.entrypoints.http.runs import shown

CONTACT, PROJECT = ResourceName.CONTACT, ResourceName.PROJECT
RUN = Run(
    run_id=new_id(),
    organisation_id=new_id(),
    administration_id=new_id(),
    trigger=SyncTrigger.USER,
    wanted=Wanted(SyncMode.FULL, frozenset({CONTACT, PROJECT})),
    state=RunState.RUNNING,
    requested_by="tester",
    requested_at=datetime(2026, 11, 24, tzinfo=UTC),
)
DONE = ListingProgress(resource=CONTACT, listing="customers", state=ListingState.DONE)
FLAW = Failure(origin="connection", type="x", who_must_act=WhoMustAct.CUSTOMER, code="revoked", detail="x")


def told(run: Run, *listings: ListingProgress) -> list[tuple[str, str, str | None]]:
    return [(each.resource, each.state, each.reason) for each in shown(RunView(run, listings)).resources]


def test_what_the_provider_does_not_have_says_so() -> None:
    assert told(RUN, DONE) == [
        ("contact", "done", None),
        ("project", "unsupported", "resource_not_offered"),
    ]


def test_a_run_that_ended_before_it_began_says_why_of_all_that_was_asked_for() -> None:
    ended = replace(RUN, state=RunState.FINISHED, outcome=SyncOutcome.FAILED, failure=FLAW)
    assert told(ended) == [("contact", "waiting", "revoked"), ("project", "waiting", "revoked")]


def test_a_run_that_has_not_begun_tells_nothing_yet() -> None:
    assert told(replace(RUN, state=RunState.QUEUED)) == []
