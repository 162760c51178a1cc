"""What the end of a run tells of causes: what counts towards which pause, and what is known to work."""

from datetime import UTC, datetime

import pytest

from koppel.contracts.failures import REAUTHORIZATION_REQUIRED
from koppel.contracts.pause import NOBODYS, PauseScope, ResumesWhen
from koppel.contracts.values import Failure, ResourceName, SyncOutcome
from koppel.kernel.ids import new_id
from koppel.providers import failures
from koppel.providers.failures import FailureKind, failure
from sync_svc.domain.administration import Administration
from sync_svc.domain.failure import TOKEN_UNAVAILABLE, no_token_now
from sync_svc.domain.listing import ListingProgress, ListingState
from sync_svc.domain.pause import (
    Pause,
    Subject,
    grant_of,
    holding,
    subject_of,
    troubles_of,
    wider_than,
    working,
)
from sync_svc.domain.pause_rules import BY_NAME, LOGIN_ENDED, RULES
from sync_svc.domain.run import Ending

RESOURCE, ADMINISTRATION, GRANT, PROVIDER = PauseScope
CONTACT, PROJECT = ResourceName.CONTACT, ResourceName.PROJECT
BOOKS = Administration(
    administration_id=new_id(),
    organisation_id=new_id(),
    connection_id=new_id(),
    grant_id=new_id(),
    provider="eaccounting",
    external_id="1",
)
OWN = BOOKS.organisation_id
PAUSED_AT = datetime(2026, 11, 29, tzinfo=UTC)


def told(kind: FailureKind) -> Failure:
    return failure(kind).as_contract()


def failed(kind: FailureKind, outcome: SyncOutcome = SyncOutcome.FAILED) -> Ending:
    return Ending(outcome, told(kind))


def listing(
    resource: ResourceName, kind: FailureKind | None, state: ListingState = ListingState.FAILED
) -> ListingProgress:
    return ListingProgress(
        resource=resource, listing=resource, state=state, failure=None if kind is None else told(kind)
    )


def pause(subject: Subject, **changes: object) -> Pause:
    fields = {
        "subject": subject,
        "failure": told(failures.TIMEOUT),
        "resumes_when": ResumesWhen.PROBE,
        "since": PAUSED_AT,
    }
    return Pause(**(fields | changes))  # type: ignore[arg-type]


def names(ending: Ending, *listings: ListingProgress) -> list[str]:
    return [trouble.rule.name for trouble in troubles_of(BOOKS, ending, listings)]


@pytest.mark.parametrize(
    ("kind", "rules"),
    [
        (failures.UNAVAILABLE, ["provider_down", "company_unreadable"]),
        (failures.CLIENT_INVALID, ["provider_refuses_us", "company_unreadable"]),
        (failures.UNAUTHORIZED, ["login_refused"]),
        (failures.COMPANY_BLOCKED, ["company_closed"]),
        (failures.NOT_IN_CONSENT, ["company_out_of_reach"]),
        (failures.SCOPE_MISSING, []),
        (failures.RATE_LIMITED, []),
    ],
)
def test_a_failed_run_counts_for_all_that_its_cause_may_touch_widest_first(
    kind: FailureKind, rules: list[str]
) -> None:
    assert names(failed(kind)) == rules
    assert names(failed(kind, SyncOutcome.ABANDONED)) == rules
    assert names(failed(kind, SyncOutcome.PARTIAL)) == []


def test_a_login_that_ended_is_connection_svcs_to_say() -> None:
    assert troubles_of(BOOKS, Ending(SyncOutcome.FAILED, REAUTHORIZATION_REQUIRED), ()) == []
    assert (LOGIN_ENDED.in_a_row, LOGIN_ENDED.probes) == (1, None)


def test_a_refused_listing_counts_for_its_resource_once() -> None:
    found = troubles_of(
        BOOKS,
        failed(failures.SCOPE_MISSING, SyncOutcome.PARTIAL),
        [
            listing(CONTACT, failures.SCOPE_MISSING),
            listing(CONTACT, failures.FORBIDDEN),
            listing(PROJECT, failures.REQUEST_REFUSED),
            listing(ResourceName.VAT_CODE, failures.SCOPE_MISSING, ListingState.DONE),
            listing(ResourceName.JOURNAL, None),
        ],
    )
    told_of = [(each.rule.name, each.subject.id.partition("/")[2], each.failure.code) for each in found]
    assert told_of == [
        ("resource_forbidden", "contact", "scope_missing"),
        ("resource_refused", "project", "request_refused"),
    ]


def test_a_success_shows_that_all_that_is_wider_works() -> None:
    assert [each.scope for each in working(BOOKS, [], {CONTACT})] == [
        PROVIDER,
        GRANT,
        ADMINISTRATION,
        RESOURCE,
    ]
    assert working(BOOKS, [], set()) == []


@pytest.mark.parametrize(
    ("kind", "works"),
    [
        (failures.COMPANY_BLOCKED, [PROVIDER, GRANT]),
        (failures.LOGIN_BLOCKED, [PROVIDER]),
        (failures.UNAVAILABLE, []),
        (failures.CLIENT_INVALID, []),
    ],
)
def test_a_narrow_failure_shows_that_what_is_wider_works(kind: FailureKind, works: list[PauseScope]) -> None:
    troubles = troubles_of(BOOKS, failed(kind), ())
    assert [each.scope for each in working(BOOKS, troubles, set())] == works


def test_a_resource_that_was_read_in_part_does_not_work() -> None:
    troubles = troubles_of(BOOKS, Ending(SyncOutcome.PARTIAL), [listing(CONTACT, failures.SCOPE_MISSING)])
    found = working(BOOKS, troubles, {CONTACT, PROJECT})
    assert [each.id for each in found if each.scope is RESOURCE] == [f"{BOOKS.administration_id}/project"]


def test_each_scope_names_its_subject() -> None:
    assert subject_of(PROVIDER, BOOKS) == Subject(PROVIDER, "eaccounting", NOBODYS)
    assert (
        subject_of(GRANT, BOOKS) == grant_of(BOOKS.grant_id, OWN) == Subject(GRANT, str(BOOKS.grant_id), OWN)
    )
    assert subject_of(ADMINISTRATION, BOOKS) == Subject(ADMINISTRATION, str(BOOKS.administration_id), OWN)
    assert subject_of(RESOURCE, BOOKS, CONTACT) == Subject(
        RESOURCE, f"{BOOKS.administration_id}/contact", OWN
    )
    assert [each.scope for each in wider_than(RESOURCE, BOOKS)] == [ADMINISTRATION, GRANT, PROVIDER]
    assert wider_than(PROVIDER, BOOKS) == []


def test_the_probe_of_a_pause_may_read_and_nobody_else() -> None:
    paused = pause(subject_of(PROVIDER, BOOKS), probed=BOOKS.administration_id)
    assert (paused.lets(BOOKS.administration_id), paused.lets(new_id())) == (True, False)
    resource = pause(subject_of(RESOURCE, BOOKS, CONTACT), probed=None)
    assert resource.stops(CONTACT, BOOKS.administration_id)
    assert not resource.stops(PROJECT, BOOKS.administration_id)
    probed = pause(subject_of(RESOURCE, BOOKS, CONTACT), probed=BOOKS.administration_id)
    assert not probed.stops(CONTACT, BOOKS.administration_id)


@pytest.mark.parametrize(
    ("resumes_when", "by_probe", "by_login"),
    [
        (ResumesWhen.PROBE, True, False),
        (ResumesWhen.LOGIN, False, True),
        (ResumesWhen.LOGIN_OR_PROBE, True, True),
    ],
)
def test_what_ends_a_pause(resumes_when: ResumesWhen, by_probe: bool, by_login: bool) -> None:
    paused = pause(subject_of(GRANT, BOOKS), resumes_when=resumes_when)
    assert (paused.ends_by_probe, paused.ends_by_login) == (by_probe, by_login)


def test_a_request_waits_for_a_pause_of_all_or_when_all_that_it_names_is_paused() -> None:
    whole, contact = pause(subject_of(GRANT, BOOKS)), pause(subject_of(RESOURCE, BOOKS, CONTACT))
    assert (whole.holds_all, contact.holds_all) == (True, False)
    assert holding([whole, contact], [CONTACT]) is whole
    assert holding([contact], [CONTACT]) is contact
    assert holding([contact], [CONTACT, PROJECT]) is None
    assert holding([contact], []) is None
    assert holding([], [CONTACT]) is None


def test_each_rule_pauses_what_its_cause_touches_and_ends_with_it() -> None:
    login, probe, either = ResumesWhen.LOGIN, ResumesWhen.PROBE, ResumesWhen.LOGIN_OR_PROBE
    assert {rule.name: (rule.scope, rule.resumes_when) for rule in RULES} == {
        "provider_down": (PROVIDER, probe),
        "provider_refuses_us": (PROVIDER, probe),
        "login_ended": (GRANT, login),
        "login_refused": (GRANT, either),
        "login_unknown": (GRANT, either),
        "company_closed": (ADMINISTRATION, probe),
        "company_out_of_reach": (ADMINISTRATION, either),
        "company_unreadable": (ADMINISTRATION, probe),
        "resource_forbidden": (RESOURCE, either),
        "resource_refused": (RESOURCE, probe),
    }


def test_a_provider_is_probed_every_minute_and_the_rest_rarer_and_rarer() -> None:
    def minutes(name: str) -> list[float]:
        probes = BY_NAME[name].probes
        return [] if probes is None else [probes.delay(n).total_seconds() / 60 for n in (1, 2, 3, 9)]

    assert minutes("provider_down") == minutes("provider_refuses_us") == [1, 1, 1, 1]
    assert minutes("company_closed") == [1, 2, 4, 60]


def test_rules_have_names_of_their_own_and_the_numbers_that_operators_are_told() -> None:
    assert len(BY_NAME) == len(RULES)
    assert {rule.in_a_row for rule in RULES if rule is not LOGIN_ENDED} == {3}
    assert {rule.name for rule in RULES if not rule.answered} == {
        "provider_down",
        "provider_refuses_us",
        "login_ended",
        "login_unknown",
        "company_unreadable",
    }


def test_why_there_is_no_token_is_what_the_provider_said_to_a_refresh() -> None:
    assert no_token_now("client_invalid").who_must_act == "us"
    assert no_token_now("provider_timeout").code == "provider_timeout"
    assert no_token_now("refresh_paused") == no_token_now("") == TOKEN_UNAVAILABLE


def test_what_answered_and_failed_later_in_the_same_run_did_work_in_between() -> None:
    """So that its failures are not in a row with those before."""
    troubles = troubles_of(BOOKS, failed(failures.UNAVAILABLE), ())
    assert subject_of(PROVIDER, BOOKS) in working(BOOKS, troubles, {CONTACT})
