"""Words and numbers that are stored, sent or promised: a change of one is a change of what others read."""

from datetime import timedelta

from connection_svc.domain import connection, login


def test_states_are_stored_by_these_words() -> None:
    assert list(connection.ConnectionState) == [
        "pending",
        "active",
        "reauthorization_required",
        "revoked",
        "deleted",
    ]
    assert list(connection.GrantState) == ["active", "reauthorization_required", "revoked"]
    assert list(login.LoginOutcome) == ["authorized", "denied", "failed", "expired", "cancelled"]


def test_health_is_told_in_these_words() -> None:
    assert list(connection.HealthStatus) == ["waiting", "healthy", "action_needed", "revoked"]
    assert list(connection.ReauthorizationReason) == ["grant_invalid", "rotation_lost", "no_refresh_token"]


def test_the_binding_of_a_browser_is_set_by_these_words() -> None:
    assert list(login.BrowserBinding) == ["required", "when_present"]


def test_a_login_lasts_ten_minutes_and_its_secrets_have_256_bits() -> None:
    assert timedelta(minutes=10) == login.LOGIN_LASTS
    assert login.SECRET_BYTES * 8 == 256
