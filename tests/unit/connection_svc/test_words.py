"""Words and numbers that are stored, sent or promised: a change of one is a change of what others read."""

from datetime import UTC, datetime, timedelta
from random import Random

from connection_svc.domain import connection, health, key_notice, login, organisation, token_life
from connection_svc.domain.provider import ProviderDescription
from connection_svc.domain.revocation import Revocation
from connection_svc.domain.rotation import Answer, Attempt
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy


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


def test_lists_are_ordered_by_these_words() -> None:
    assert list(connection.ConnectionOrder) == ["name", "-name"]
    assert list(organisation.OrganisationOrder) == ["name", "-name"]


def test_a_provider_has_no_page_that_makes_keys_unless_it_says_so() -> None:
    plain = ProviderDescription(
        id="x", name="X", grant_covers="one_administration", auth="oauth2", resources=()
    )
    assert not plain.has_activation


def test_a_token_without_a_known_end_is_said_to_hold_for_an_hour() -> None:
    assert timedelta(hours=1) == token_life.ASK_AGAIN


def test_ten_notices_of_a_reference_are_kept_a_day_and_tried_for_an_hour() -> None:
    assert key_notice.MOST_OF_A_REFERENCE == 10
    assert timedelta(days=1) == key_notice.KEPT_FOR
    policy = key_notice.ATTEMPTS
    assert policy == RetryPolicy(
        first=timedelta(seconds=5), longest=timedelta(minutes=10), factor=2, jitter=0.2, attempts=12
    )
    waits = [policy.delay(attempt, chance=Random(attempt)) for attempt in range(1, policy.attempts)]
    assert abs(sum(waits, timedelta()) - timedelta(hours=1)) < timedelta(minutes=15)


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
    notice = key_notice.StoredNotice(
        id=new_id(),
        organisation_id=new_id(),
        provider="x",
        reference_sha256=b"SECRET",
        action="created",
        told_hash=b"SECRET",
        key=b"SECRET",
        received_at=at,
    )
    assert "SECRET" not in f"{answer}{revocation}{notice}"
    assert notice.attempts == 0
