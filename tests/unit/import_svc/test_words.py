"""Words and numbers that are stored, sent or promised: a change of one is a change of what others read."""

from datetime import timedelta

from import_svc.domain import (
    administration,
    candidate,
    connection,
    discovery,
    looks,
    profile,
    sectors,
    session,
    trade_register,
)


def test_states_are_stored_by_these_words() -> None:
    assert list(administration.AdministrationState) == ["active", "removed"]
    assert list(connection.ConnectionState) == ["pending", "active", "revoked", "deleted"]
    assert list(discovery.GrantDiscoveryState) == ["waiting", "discovered", "failed"]
    assert list(session.Purpose) == ["import", "look"]
    assert list(looks.SeenAs) == ["new", "known", "renamed", "moved", "gone"]
    assert list(session.SessionState) == ["discovering", "selecting", "imported", "failed", "expired"]


def test_lists_are_ordered_by_these_words() -> None:
    assert list(administration.AdministrationOrder) == ["name", "-name", "imported_at", "-imported_at"]
    assert list(candidate.CandidateOrder) == ["name"]


def test_the_register_and_sources_of_sectors_are_told_in_these_words() -> None:
    assert trade_register.NAME == "kvk"
    assert list(trade_register.RegistryStatus) == ["found", "ended", "not_found", "unavailable"]
    assert list(profile.SectorSource) == ["package", "registry", "person"]


def test_names_of_traders_are_kept_for_ninety_days_and_numbers_hold_for_one() -> None:
    assert timedelta(days=90) == trade_register.KEPT
    assert timedelta(days=1) == looks.NUMBERS_HOLD


def test_a_login_that_shows_two_thousand_pages_never_ends() -> None:
    assert discovery.MOST_PAGES == 2_000


def test_a_session_is_open_until_it_has_imported_or_failed() -> None:
    assert {"discovering", "selecting"} == session.OPEN


def test_a_connection_is_looked_at_once_a_day_and_two_looks_make_a_company_vanish() -> None:
    assert timedelta(days=1) == looks.LOOK_EVERY
    assert (looks.LOOKS_UNTIL_VANISHED, looks.LOOKS_AT_ONCE) == (2, 2)
    assert looks.looks_apart(looks.LOOK_EVERY) == timedelta(hours=12)


def test_a_session_lives_a_week_after_the_last_act() -> None:
    assert timedelta(days=7) == session.LIFETIME


def test_the_standard_in_use_is_that_of_2025() -> None:
    assert sectors.CURRENT_VERSION == "2025"
    assert sectors.sections(sectors.CURRENT_VERSION) is sectors.SBI_2025
