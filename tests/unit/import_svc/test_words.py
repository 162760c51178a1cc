"""Words and numbers that are stored, sent or promised: a change of one is a change of what others read."""

from datetime import timedelta

from import_svc.domain import administration, connection, discovery, looks, sectors, session


def test_states_are_stored_by_these_words() -> None:
    assert list(administration.AdministrationState) == ["active", "removed"]
    assert list(connection.ConnectionState) == ["pending", "active", "revoked", "deleted"]
    assert list(discovery.GrantDiscoveryState) == ["waiting", "discovered", "failed"]
    assert list(session.Purpose) == ["import", "look"]
    assert list(looks.SeenAs) == ["new", "known", "renamed", "moved", "gone"]
    assert list(session.SessionState) == ["discovering", "selecting", "imported", "failed", "expired"]


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
