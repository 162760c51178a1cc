"""What a callback must show before a code goes anywhere."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connection_svc.domain.login import (
    BrowserBinding,
    Callback,
    Ending,
    LoginOutcome,
    LoginRound,
    code_challenge,
    fingerprint,
    refusal,
    state_already_used,
    state_unknown,
)
from connection_svc.domain.provider import LoginEndpoints
from koppel.kernel.ids import new_id

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LOGIN = LoginRound(
    id=new_id(),
    organisation_id=new_id(),
    connection_id=new_id(),
    grant_id=None,
    provider="eaccounting",
    return_url="http://localhost/",
    state_sha256=fingerprint("state"),
    browser_sha256=fingerprint("browser"),
    code_verifier=b"sealed",
    endpoints=LoginEndpoints("a", "t", "r", "b", "c", issuer="https://provider.test"),
    started_by="someone",
    started_at=NOW - timedelta(minutes=1),
    expires_at=NOW + timedelta(minutes=9),
)
CALLBACK = Callback(
    provider="eaccounting",
    state="state",
    code="code",
    error=None,
    issuer=None,
    cookies={LOGIN.cookie: "browser"},
)
REQUIRED, WHEN_PRESENT = BrowserBinding.REQUIRED, BrowserBinding.WHEN_PRESENT


def test_the_challenge_is_that_of_the_standard() -> None:
    """The example of RFC 7636, appendix B."""
    challenge = code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_right_callback_goes_on() -> None:
    assert refusal(LOGIN, CALLBACK, REQUIRED, NOW) is None
    assert refusal(LOGIN, replace(CALLBACK, issuer="https://provider.test"), REQUIRED, NOW) is None


def test_another_error_than_denial_goes_on_to_be_named() -> None:
    callback = replace(CALLBACK, code=None, error="server_error")
    assert refusal(LOGIN, callback, REQUIRED, NOW) is None


@pytest.mark.parametrize("binding", [REQUIRED, WHEN_PRESENT])
@pytest.mark.parametrize("cookies", [{LOGIN.cookie: "wrong"}, {"koppel_login_ffffffffffff": "browser"}])
def test_another_browser_is_refused_whatever_the_setting(
    binding: BrowserBinding, cookies: dict[str, str]
) -> None:
    ending = refusal(LOGIN, replace(CALLBACK, cookies=cookies), binding, NOW)
    assert ending == Ending(LoginOutcome.FAILED, "browser_mismatch")


def test_a_browser_without_any_login_cookie_depends_on_the_setting() -> None:
    callback = replace(CALLBACK, cookies={"other": "cookie"})
    assert refusal(LOGIN, callback, REQUIRED, NOW) == Ending(LoginOutcome.FAILED, "browser_mismatch")
    assert refusal(LOGIN, callback, WHEN_PRESENT, NOW) is None


@pytest.mark.parametrize(
    ("login", "callback", "outcome", "code"),
    [
        (replace(LOGIN, expires_at=NOW), CALLBACK, "expired", "authorization_expired"),
        (replace(LOGIN, outcome=LoginOutcome.EXPIRED), CALLBACK, "expired", "authorization_expired"),
        (replace(LOGIN, outcome=LoginOutcome.AUTHORIZED), CALLBACK, "expired", "authorization_expired"),
        (replace(LOGIN, outcome=LoginOutcome.CANCELLED), CALLBACK, "cancelled", "connection_deleted"),
        (LOGIN, replace(CALLBACK, issuer="https://provider.test/"), "failed", "issuer_mismatch"),
        (LOGIN, replace(CALLBACK, code=None), "failed", "callback_malformed"),
        (LOGIN, replace(CALLBACK, error="access_denied"), "failed", "callback_malformed"),
        (LOGIN, replace(CALLBACK, malformed=True), "failed", "callback_malformed"),
        (LOGIN, replace(CALLBACK, code=None, error="access_denied"), "denied", "access_denied"),
    ],
)
def test_each_refusal_has_its_outcome_and_code(
    login: LoginRound, callback: Callback, outcome: str, code: str
) -> None:
    assert refusal(login, callback, REQUIRED, NOW) == Ending(LoginOutcome(outcome), code)


def test_a_cookie_is_of_one_round() -> None:
    other = replace(LOGIN, id=new_id())
    assert LOGIN.cookie == f"koppel_login_{LOGIN.id.hex[20:]}"
    assert LOGIN.cookie != other.cookie


def test_a_login_that_cannot_go_on_says_why() -> None:
    assert (state_unknown().code, state_already_used().code) == ("state_unknown", "state_already_used")


def test_secrets_stay_out_of_reprs() -> None:
    assert "browser'" not in repr(CALLBACK)
    assert "'code'" not in repr(CALLBACK)
    assert "'state'" not in repr(CALLBACK)
    shown = repr(LOGIN)
    assert "sealed" not in shown
    assert "sha256" not in shown
