"""The login pages and the token endpoint, through a real server."""

import base64
import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest

from koppel_sandbox.visitor import LoginFailedError, log_in

CALLBACK = "http://127.0.0.1:8101/v1/oauth/eaccounting/callback"
SCOPES = "ea:api offline_access ea:sales_readonly ea:accounting_readonly ea:purchase_readonly"
VERIFIER = "v" * 43
CLIENT = ("koppel-local", "koppel-local-secret")


def authorization_url(sandbox: httpx.Client, **changes: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": CLIENT[0],
        "redirect_uri": CALLBACK,
        "scope": SCOPES,
        "response_type": "code",
        "state": "a state & more",
        "prompt": "select_account",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{sandbox.base_url}/connect/authorize?{urlencode({**query, **changes})}"


def returned(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def exchange(sandbox: httpx.Client, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return sandbox.post("/connect/token", data={**form, **changes}, auth=CLIENT)


def refresh(sandbox: httpx.Client, token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return sandbox.post("/connect/token", data=form, auth=CLIENT)


def settings(sandbox: httpx.Client, access_token: str) -> httpx.Response:
    return sandbox.get("/v2/companysettings", headers={"Authorization": f"Bearer {access_token}"})


def tokens(sandbox: httpx.Client, company: int = 0, **changes: str) -> dict[str, str]:
    code = returned(log_in(authorization_url(sandbox, **changes), company=company))["code"]
    found: dict[str, str] = exchange(sandbox, code).raise_for_status().json()
    return found


def test_a_login_ends_at_the_client_with_code_state_and_issuer(sandbox: httpx.Client) -> None:
    location = log_in(authorization_url(sandbox))
    assert location.startswith(f"{CALLBACK}?")
    back = returned(location)
    assert back["state"] == "a state & more"
    assert back["iss"] == str(sandbox.base_url).rstrip("/")
    answer = exchange(sandbox, back["code"]).json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 3600
    assert answer["refresh_token"]


def test_the_token_is_for_the_company_that_was_picked(sandbox: httpx.Client) -> None:
    companies = sandbox.get("/_sandbox/settings").json()["companies"]
    for number in (0, 3):
        token = tokens(sandbox, company=number)["access_token"]
        company = settings(sandbox, token).json()
        assert company["CompanyIdentifier"] == companies[number]["id"]
        assert company["CorporateIdentityNumber"] == companies[number]["corporate_identity_number"]
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["customer_id"] == companies[number]["id"]
        assert jwt.get_unverified_header(token)["alg"] == "RS256"


def test_a_second_login_leaves_the_first_token_alone(sandbox: httpx.Client) -> None:
    first, second = tokens(sandbox, company=0), tokens(sandbox, company=1)
    ids = {settings(sandbox, each["access_token"]).json()["CompanyIdentifier"] for each in (first, second)}
    assert len(ids) == 2


def test_a_wrong_password_shows_the_form_again(sandbox: httpx.Client) -> None:
    with pytest.raises(LoginFailedError, match="wrong"):
        log_in(authorization_url(sandbox), password="wrong")


def test_a_company_of_someone_else_cannot_be_picked(sandbox: httpx.Client) -> None:
    companies = sandbox.get("/_sandbox/settings").json()["companies"]
    with pytest.raises(LoginFailedError, match="one of your companies"):
        log_in(authorization_url(sandbox), username="anna", password="anna", company=companies[4]["id"])


def test_denied_consent_returns_access_denied(sandbox: httpx.Client) -> None:
    back = returned(log_in(authorization_url(sandbox), decision="deny"))
    assert back == {"error": "access_denied", "state": "a state & more"}


def test_a_user_with_a_default_company_goes_straight_through_without_select_account(
    sandbox: httpx.Client,
) -> None:
    default = next(
        user["default_company_id"]
        for user in sandbox.get("/_sandbox/settings").json()["users"]
        if user["username"] == "bram"
    )
    url = authorization_url(sandbox, prompt="")
    code = returned(log_in(url, username="bram", password="bram", company="no such company"))["code"]
    token = exchange(sandbox, code).json()["access_token"]
    assert settings(sandbox, token).json()["CompanyIdentifier"] == default
    with pytest.raises(LoginFailedError):
        log_in(authorization_url(sandbox), username="bram", password="bram", company="no such company")


@pytest.mark.parametrize("changes", [{"client_id": "nobody"}, {"redirect_uri": "https://elsewhere.example/"}])
def test_an_untrusted_request_stays_at_the_provider(sandbox: httpx.Client, changes: dict[str, str]) -> None:
    answer = sandbox.get(authorization_url(sandbox, **changes))
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_code_works_once_and_its_second_use_ends_the_first(sandbox: httpx.Client) -> None:
    code = returned(log_in(authorization_url(sandbox)))["code"]
    access = exchange(sandbox, code).json()["access_token"]
    again = exchange(sandbox, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert settings(sandbox, access).status_code == 401


@pytest.mark.parametrize(
    ("auth", "form", "status", "error"),
    [
        (("koppel-local", "wrong"), {"grant_type": "refresh_token"}, 401, "invalid_client"),
        (None, {"grant_type": "refresh_token"}, 401, "invalid_client"),
        (CLIENT, {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (CLIENT, {"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
        (CLIENT, {"grant_type": "authorization_code", "code": "x"}, 400, "invalid_grant"),
    ],
)
def test_token_errors_have_oauth_shape(
    sandbox: httpx.Client, auth: tuple[str, str] | None, form: dict[str, str], status: int, error: str
) -> None:
    answer = sandbox.post("/connect/token", data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_client_credentials_may_come_in_the_body(sandbox: httpx.Client) -> None:
    code = returned(log_in(authorization_url(sandbox)))["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "client_id": CLIENT[0],
        "client_secret": CLIENT[1],
    }
    assert sandbox.post("/connect/token", data=form).status_code == 200


def test_refresh_tokens_rotate_or_not_by_setting(sandbox: httpx.Client) -> None:
    first = tokens(sandbox)["refresh_token"]
    second = refresh(sandbox, first).json()["refresh_token"]
    assert second != first
    assert refresh(sandbox, first).json()["error"] == "invalid_grant"
    sandbox.post("/_sandbox/reset", json={"rotate_refresh_tokens": False}).raise_for_status()
    kept = tokens(sandbox)["refresh_token"]
    assert refresh(sandbox, kept).json()["refresh_token"] == kept


def test_without_offline_access_there_is_no_refresh_token(sandbox: httpx.Client) -> None:
    assert "refresh_token" not in tokens(sandbox, scope="ea:api ea:sales")


def test_revocation_ends_the_login_and_answers_empty(sandbox: httpx.Client) -> None:
    given = tokens(sandbox)
    answer = sandbox.post("/connect/revocation", data={"token": given["refresh_token"]}, auth=CLIENT)
    assert (answer.status_code, answer.content) == (200, b"")
    assert refresh(sandbox, given["refresh_token"]).json()["error"] == "invalid_grant"
    assert settings(sandbox, given["access_token"]).status_code == 401
    assert sandbox.post("/connect/revocation", data={"token": "unknown"}, auth=CLIENT).status_code == 200


def test_a_reset_ends_the_tokens_before_it(sandbox: httpx.Client) -> None:
    given = tokens(sandbox)
    sandbox.post("/_sandbox/reset").raise_for_status()
    assert settings(sandbox, given["access_token"]).status_code == 401
    assert refresh(sandbox, given["refresh_token"]).json()["error"] == "invalid_grant"


def test_tokens_work_after_a_restart_that_keeps_its_state(
    start_sandbox: Callable[..., AbstractContextManager[str]], tmp_path: Path
) -> None:
    state = ("--state", str(tmp_path / "sandbox.jsonl"))
    with start_sandbox(*state) as url, httpx.Client(base_url=url) as first:
        given = tokens(first)
    with start_sandbox(*state) as url, httpx.Client(base_url=url) as second:
        assert settings(second, given["access_token"]).status_code == 200
        assert refresh(second, given["refresh_token"]).status_code == 200


def test_a_login_that_covers_many_companies_ends_with_a_consent_that_can_leave_some_out(
    sandbox: httpx.Client,
) -> None:
    callback = CALLBACK.replace("eaccounting", "exact_online")
    query = {"client_id": CLIENT[0], "redirect_uri": callback, "response_type": "code", "state": "s"}
    companies = sandbox.get("/_sandbox/settings", params={"provider": "exact_online"}).json()["companies"]
    first = companies[0]["id"]
    url = f"{sandbox.base_url}/exact_online/api/oauth2/auth?{urlencode(query)}"
    code = returned(log_in(url, without=[first]))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback}
    client = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
    tokens = sandbox.post("/exact_online/api/oauth2/token", data={**form, **client}).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/json"}
    path = f"/exact_online/api/v1/{first}/system/Divisions"
    listed = sandbox.get(path, params={"$inlinecount": "allpages"}, headers=headers).json()["d"]["results"]
    assert [str(each["Code"]) for each in listed] == [each["id"] for each in companies[1:]]
