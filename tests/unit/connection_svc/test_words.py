"""Words and numbers that are stored, sent or promised: a change of one is a change of what others read."""

from datetime import UTC, datetime, timedelta

from connection_svc.domain import connection, health, login
from connection_svc.domain.revocation import Revocation
from connection_svc.domain.rotation import Answer, Attempt
from koppel.kernel.ids import new_id


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
    assert list(health.HealthStatus) == ["waiting", "healthy", "action_needed", "revoked"]
    assert list(connection.ReauthorizationReason) == [
        "grant_invalid",
        "rotation_lost",
        "no_refresh_token",
        "login_taken_elsewhere",
        "browser_mismatch",
    ]


def test_the_binding_of_a_browser_is_set_by_these_words() -> None:
    assert list(login.BrowserBinding) == ["required", "when_present"]


def test_a_login_lasts_ten_minutes_and_its_secrets_have_256_bits() -> None:
    assert timedelta(minutes=10) == login.LOGIN_LASTS
    assert login.SECRET_BYTES * 8 == 256


def test_a_tokens_call_and_its_withdrawal_begin_as_the_first_try() -> None:
    one = new_id()
    attempt = Attempt(organisation_id=one, grant_id=one, from_version=3)
    assert (attempt.lost_before, attempt.attempts) == (False, 1)
    revocation = Revocation(
        id=one,
        organisation_id=one,
        subject_id=one,
        provider="x",
        token_field="refresh_token",
        token_version=3,
        token=b"sealed",
    )
    assert revocation.attempts == 0


def test_sealed_tokens_are_not_shown() -> None:
    """Sealed or not: what is printed ends in logs."""
    at = datetime(2026, 11, 24, tzinfo=UTC)
    answer = Answer(access_token=b"SECRET", refresh_token=b"SECRET", issued_at=at, expires_at=at)
    revocation = Revocation(
        id=new_id(),
        organisation_id=new_id(),
        subject_id=new_id(),
        provider="x",
        token_field="refresh_token",
        token_version=3,
        token=b"SECRET",
    )
    assert "SECRET" not in f"{answer}{revocation}"
