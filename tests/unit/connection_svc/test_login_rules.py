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
    endpoints=LoginEndpoints("a", "t", "r", "b", "c", issuer="https://package.test"),
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
    assert refusal(LOGIN, replace(CALLBACK, issuer="https://package.test"), REQUIRED, NOW) is None


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
    ("login", "callback", "code"),
    [
        (replace(LOGIN, expires_at=NOW), CALLBACK, "authorization_expired"),
        (replace(LOGIN, outcome=LoginOutcome.EXPIRED), CALLBACK, "authorization_expired"),
        (replace(LOGIN, outcome=LoginOutcome.CANCELLED), CALLBACK, "connection_deleted"),
        (LOGIN, replace(CALLBACK, issuer="https://package.test/"), "issuer_mismatch"),
        (LOGIN, replace(CALLBACK, code=None), "callback_malformed"),
        (LOGIN, replace(CALLBACK, error="access_denied"), "callback_malformed"),
        (LOGIN, replace(CALLBACK, malformed=True), "callback_malformed"),
        (LOGIN, replace(CALLBACK, code=None, error="access_denied"), "access_denied"),
    ],
)
def test_each_refusal_has_its_code(login: LoginRound, callback: Callback, code: str) -> None:
    ending = refusal(login, callback, REQUIRED, NOW)
    assert ending is not None
    assert ending.code == code


def test_secrets_stay_out_of_reprs() -> None:
    assert "browser'" not in repr(CALLBACK)
    assert "'code'" not in repr(CALLBACK)
    assert "sealed" not in repr(LOGIN)
