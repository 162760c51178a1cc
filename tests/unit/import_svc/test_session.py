"""What becomes of an import session."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from import_svc.domain.session import (
    LIFETIME,
    DiscoveryTally,
    ImportSession,
    NextStep,
    Purpose,
    SessionState,
    next_step,
)
from koppel.contracts.failures import CONNECTION_REVOKED
from koppel.contracts.values import Failure, WhoMustAct
from koppel.kernel.errors import Conflict, InvalidInput
from koppel.kernel.ids import new_id

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SETTLE_AT = NOW + timedelta(seconds=1)
LATER = NOW + timedelta(seconds=30)
FAILURE = Failure(
    origin="network",
    type="timeout",
    who_must_act=WhoMustAct.PROVIDER,
    code="provider_timeout",
    detail="No answer.",
)


def session(state: SessionState, failure: Failure | None = None) -> ImportSession:
    return ImportSession(
        id=new_id(),
        organisation_id=new_id(),
        connection_id=new_id(),
        provider="eaccounting",
        state=state,
        failure=failure,
        created_by="somebody",
        created_at=NOW,
        settle_at=SETTLE_AT,
        expires_at=NOW + LIFETIME,
    )


def tally(
    grants: int, discovered: int, failed: int = 0, next_attempt_at: datetime | None = None
) -> DiscoveryTally:
    return DiscoveryTally(grants, discovered, failed, next_attempt_at, FAILURE if failed else None)


@pytest.mark.parametrize(
    ("state", "counted", "at", "expected"),
    [
        ("discovering", tally(0, 0), LATER, NextStep(SessionState.DISCOVERING)),
        ("discovering", tally(2, 2), NOW, NextStep(SessionState.DISCOVERING, due_at=SETTLE_AT)),
        ("discovering", tally(2, 2), SETTLE_AT, NextStep(SessionState.SELECTING)),
        ("discovering", tally(2, 1, 1), LATER, NextStep(SessionState.SELECTING)),
        ("discovering", tally(2, 0, 2), LATER, NextStep(SessionState.FAILED, failure=FAILURE)),
        ("discovering", tally(2, 1, 0, LATER), NOW, NextStep(SessionState.DISCOVERING, due_at=LATER)),
        ("selecting", tally(3, 2, 0, LATER), NOW, NextStep(SessionState.SELECTING, due_at=LATER)),
        ("selecting", tally(3, 2, 1), LATER, NextStep(SessionState.SELECTING)),
        ("selecting", tally(3, 0, 3), NOW, NextStep(SessionState.SELECTING)),
    ],
)
def test_the_next_step_follows_from_the_tally(
    state: str, counted: DiscoveryTally, at: datetime, expected: NextStep
) -> None:
    assert next_step(session(SessionState(state)), counted, at) == expected


def test_a_page_of_a_login_whose_other_pages_failed_is_something_to_select_from() -> None:
    some = DiscoveryTally(
        grants=1, discovered=0, failed=1, next_attempt_at=None, failure=FAILURE, found_some=True
    )
    assert next_step(session(SessionState.DISCOVERING), some, LATER) == NextStep(SessionState.SELECTING)


def test_a_session_keeps_its_state_and_goes_back_from_none() -> None:
    assert session(SessionState.IMPORTED).moved(SessionState.IMPORTED) is SessionState.IMPORTED
    with pytest.raises(Conflict) as conflict:
        session(SessionState.IMPORTED).moved(SessionState.SELECTING)
    assert conflict.value.code == "import_session_not_selecting"


def test_nobody_has_acted_in_a_session_that_is_new() -> None:
    assert session(SessionState.DISCOVERING).version == 0


def test_a_look_is_over_when_its_logins_were_asked_and_nobody_selects_anything() -> None:
    look = replace(session(SessionState.DISCOVERING), purpose=Purpose.LOOK)
    assert next_step(look, tally(2, 1, 1), LATER) == NextStep(SessionState.EXPIRED)
    assert next_step(look, tally(2, 0, 2), LATER) == NextStep(SessionState.FAILED, failure=FAILURE)
    assert look.moved(SessionState.EXPIRED) is SessionState.EXPIRED


def test_a_session_is_expired_after_a_week_without_anybody_passing_by() -> None:
    selecting = session(SessionState.SELECTING)
    selecting.require_selecting(NOW + LIFETIME - timedelta(seconds=1))
    assert selecting.state_at(NOW + LIFETIME) is SessionState.EXPIRED
    assert session(SessionState.IMPORTED).state_at(NOW + LIFETIME) is SessionState.IMPORTED


def test_an_act_makes_the_next_version_and_a_person_has_seen_none_that_is_to_come() -> None:
    seen = replace(session(SessionState.SELECTING), version=4)
    assert seen.next_version == 5
    for version in (None, 0, 4):
        seen.require_known(version)
    with pytest.raises(InvalidInput) as refused:
        seen.require_known(5)
    assert refused.value.code == "version_unknown"
    assert [each.pointer for each in refused.value.errors] == ["/version"]


@pytest.mark.parametrize(
    ("refused", "at", "code"),
    [
        (session(SessionState.SELECTING), NOW + LIFETIME, "import_session_expired"),
        (session(SessionState.DISCOVERING), NOW, "import_session_not_selecting"),
        (session(SessionState.IMPORTED), NOW, "import_session_not_selecting"),
        (session(SessionState.FAILED, FAILURE), NOW, "import_session_not_selecting"),
        (session(SessionState.FAILED, CONNECTION_REVOKED), NOW, "connection_revoked"),
    ],
)
def test_only_a_selecting_session_takes_a_selection(refused: ImportSession, at: datetime, code: str) -> None:
    with pytest.raises(Conflict) as conflict:
        refused.require_selecting(at)
    assert conflict.value.code == code
