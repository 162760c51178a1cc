"""Candidates, connections and discoveries: what they say of themselves, and how a refusal names them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from import_svc.domain.candidate import Candidate
from import_svc.domain.connection import Connection, ConnectionState
from import_svc.domain.discovery import DiscoveryFailed, GrantDiscovery, GrantDiscoveryState, unexpected
from import_svc.domain.profile import Profile
from import_svc.domain.refusals import PROFILE_MISSING, already_imported, profile_incomplete
from koppel.contracts.failures import CONNECTION_REVOKED
from koppel.contracts.values import Sector, WhoMustAct
from koppel.kernel.errors import Conflict, FieldError
from koppel.kernel.ids import new_id

RETAIL = Sector(sbi_version="2025", code="G")
CANDIDATE = Candidate(
    id=new_id(),
    grant_id=new_id(),
    provider="eaccounting",
    external_id="c-1",
    name="Bakkerij Smit",
    kvk_number="01234567",
    vat_number=None,
    provider_sector=None,
    selected=True,
    stored=Profile(None, None, RETAIL),
    already_imported=False,
    administration_id=None,
)


def test_a_candidate_is_imported_with_what_person_and_provider_know() -> None:
    assert CANDIDATE.profile == Profile("01234567", None, RETAIL)
    assert replace(CANDIDATE, kvk_number=None, stored=None).profile is None


@pytest.mark.parametrize("state", ConnectionState)
def test_a_connection_whose_access_is_gone_cannot_be_used(state: ConnectionState) -> None:
    connection = Connection(new_id(), new_id(), "eaccounting", state)
    if state in ("pending", "active"):
        connection.require_usable()
        return
    with pytest.raises(Conflict) as refused:
        connection.require_usable()
    assert (refused.value.code, refused.value.detail) == ("connection_revoked", CONNECTION_REVOKED.detail)


@pytest.mark.parametrize("state", GrantDiscoveryState)
def test_only_a_waiting_discovery_is_to_be_tried(state: GrantDiscoveryState) -> None:
    discovery = GrantDiscovery(new_id(), state, 0, datetime(2026, 11, 24, tzinfo=UTC))
    assert discovery.waits == (state == "waiting")


def test_a_refused_confirm_names_each_candidate() -> None:
    other = replace(CANDIDATE, id=new_id())
    refused = profile_incomplete([CANDIDATE, other])
    assert refused.code == "profile_incomplete"
    assert str(refused) == f"profile_incomplete: {refused.detail}"
    assert refused.errors == tuple(
        FieldError(f"/candidates/{each.id}", PROFILE_MISSING) for each in (CANDIDATE, other)
    )
    assert (already_imported([other]).code, len(already_imported([other]).errors)) == ("already_imported", 1)


def test_what_nobody_thought_of_is_ours_and_tried_again() -> None:
    error = unexpected()
    told = error.failure
    assert (told.origin, told.type, told.who_must_act, told.code) == (
        "import-svc",
        "unexpected",
        WhoMustAct.US,
        "discovery_error",
    )
    assert (error.transient, error.retry_after, error.paces) == (True, None, False)
    assert str(error) == f"discovery_error: {told.detail}"


def test_a_failed_discovery_slows_nobody_down_unless_it_says_so() -> None:
    told = unexpected().failure
    assert not DiscoveryFailed(told, transient=True).paces
    assert DiscoveryFailed(told, transient=True, paces=True).paces
