"""What a run says that it waits for, and until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from koppel.contracts.pause import PauseScope, ResumesWhen
from koppel.contracts.values import ResourceName, SyncMode, SyncTrigger
from koppel.kernel.ids import new_id
from koppel.providers import failures
from koppel.providers.failures import failure
from sync_svc.domain.pause import Pause, Subject, held_until
from sync_svc.domain.request import Priority, Wanted
from sync_svc.domain.run import Run, RunState, WaitingFor

NOW = datetime(2026, 11, 29, tzinfo=UTC)
SOON, LATER = NOW + timedelta(seconds=90), NOW + timedelta(hours=1)
RUN = Run(
    run_id=new_id(),
    organisation_id=new_id(),
    administration_id=new_id(),
    trigger=SyncTrigger.SCHEDULE,
    wanted=Wanted(SyncMode.INCREMENTAL),
    state=RunState.QUEUED,
    requested_by="tester",
    requested_at=NOW,
    not_before=SOON,
)
QUEUED, RUNNING, DEFERRED, FINISHED = RunState
BUDGET, TURN, PAUSE = WaitingFor


def paused(
    scope: PauseScope = PauseScope.PROVIDER,
    at: datetime | None = LATER,
    id_: str = "moneybird",
    **changes: object,
) -> Pause:
    fields = {
        "subject": Subject(scope, id_, RUN.organisation_id),
        "failure": failure(failures.TIMEOUT).as_contract(),
        "resumes_when": ResumesWhen.PROBE,
        "since": NOW,
        "next_probe_at": at,
        "probed_at": NOW,
    }
    return Pause(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "noted", "waits_for", "until"),
    [
        (QUEUED, None, TURN, None),
        (QUEUED, BUDGET, BUDGET, SOON),
        (QUEUED, PAUSE, PAUSE, SOON),
        (RUNNING, None, None, None),
        (RUNNING, TURN, TURN, None),
        (DEFERRED, None, None, SOON),
        (DEFERRED, BUDGET, BUDGET, SOON),
        (DEFERRED, PAUSE, PAUSE, SOON),
        (FINISHED, None, None, None),
        (FINISHED, BUDGET, None, None),
        (FINISHED, TURN, None, None),
        (FINISHED, PAUSE, None, None),
    ],
)
def test_a_run_says_what_it_waits_for_and_until_when(
    state: RunState, noted: WaitingFor | None, waits_for: WaitingFor | None, until: datetime | None
) -> None:
    run = replace(RUN, state=state, waits_for=noted)
    assert (run.waiting_for, run.resume_at) == (waits_for, until)


def test_a_pause_may_be_over_at_its_next_probe_or_a_minute_after_the_last_where_a_person_waits() -> None:
    assert paused().tried_again_at(person_waits=False) == LATER
    assert paused().tried_again_at(person_waits=True) == NOW + timedelta(minutes=1)
    assert paused(at=NOW + timedelta(seconds=5)).tried_again_at(person_waits=True) == NOW + timedelta(
        seconds=5
    )


def test_nobody_can_say_when_somebody_logs_in() -> None:
    login = paused(PauseScope.GRANT, None, resumes_when=ResumesWhen.LOGIN)
    assert login.tried_again_at(person_waits=True) is None
    assert paused(probed_at=None).tried_again_at(person_waits=True) == LATER


def test_a_person_brings_no_probe_of_a_resource_forward() -> None:
    assert paused(PauseScope.RESOURCE).tried_again_at(person_waits=True) == LATER


def test_a_held_run_goes_on_when_the_last_of_its_pauses_may_be_over() -> None:
    held = held_until(RUN, [paused(at=SOON), paused(PauseScope.GRANT, LATER)])
    assert (held.waiting_for, held.resume_at) == (PAUSE, LATER)
    person = replace(RUN, priority=Priority.ON_DEMAND)
    assert held_until(person, [paused()]).resume_at == NOW + timedelta(minutes=1)


def test_nobody_can_say_when_one_of_them_waits_for_a_login() -> None:
    held = held_until(RUN, [paused(), paused(PauseScope.GRANT, None)])
    assert (held.waiting_for, held.resume_at) == (PAUSE, None)


def test_a_pause_that_lets_it_through_is_not_waited_for() -> None:
    through = paused(at=LATER, probed=RUN.administration_id)
    assert held_until(RUN, [through, paused(PauseScope.GRANT, SOON)]).resume_at == SOON


def test_a_run_of_resources_that_are_all_paused_waits_for_the_last_of_them() -> None:
    wanted = Wanted(SyncMode.INCREMENTAL, frozenset({ResourceName.CONTACT, ResourceName.PROJECT}))

    def of(name: str, at: datetime) -> Pause:
        return paused(PauseScope.RESOURCE, at, f"{RUN.administration_id}/{name}")

    pauses = [of("contact", SOON), of("project", LATER), of("ledger_account", LATER + timedelta(days=1))]
    assert held_until(replace(RUN, wanted=wanted), pauses).resume_at == LATER


def test_what_no_pause_holds_any_more_says_no_moment() -> None:
    assert held_until(RUN, []).resume_at is None
