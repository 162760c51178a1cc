"""Canaries: what looks like a secret does not survive in a text, a URL or a named value."""

import pytest

from koppel.platform.telemetry.redaction import redact, redact_named, redact_url

CANARY = "kanarie-7f3a9c"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJrYW5hcmllIn0.c2lnbmF0dXJl"

SECRETS = [
    f"Authorization: Bearer {CANARY}",
    f"authorization: Basic {CANARY}",
    f"Bearer {CANARY}==",
    f"GET /v1/oauth/eaccounting/callback?code={CANARY}&state={CANARY}x HTTP/1.1",
    f"https://provider.test/connect/token?client_secret={CANARY}",
    f"grant_type=refresh_token&refresh_token={CANARY}",
    f"code_verifier={CANARY}",
    f"code%3D{CANARY}",
    f'{{"access_token": "{CANARY}", "expires_in": 3600}}',
    f"{{'refresh_token': '{CANARY}'}}",
    f'{{"client_secret":"a\\"{CANARY}"}}',
    f'"{{\\"access_token\\": \\"{CANARY}\\"}}"',
    f"[('authorization', 'Bearer {CANARY}')]",
    f"{{b'authorization': b'{CANARY}'}}",
    f'password = "{CANARY}"',
    f"password={CANARY}",
    f"password: {CANARY}",
    f"postgresql://connection_app:{CANARY}@127.0.0.1:5432/koppel",
    f"Set-Cookie: koppel_login={CANARY}; HttpOnly",
    f"Cookie: koppel_login={CANARY}",
    f"X-Api-Key: {CANARY}",
    f'password="{CANARY}',
    f"{{'refresh_token': '{CANARY}",
    f'password="{CANARY}\\" next',
    f"secret='a\\\\{CANARY}\\'",
    f"token={CANARY}",
    f"token {JWT} was refused",
    f"the first half {JWT.rpartition('.')[0]} is enough to read the claims",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_in_a_text_is_taken_out(text: str) -> None:
    cleaned = redact(text)
    assert CANARY not in cleaned
    assert JWT[:20] not in cleaned
    assert "[redacted]" in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "applied migration platform/0001_pre_event_log.sql",
        "answered 503: database_unavailable: The database cannot be reached now; try again.",
        "status_code=200 error_code=4010",
        "GET https://provider.test/v2/customers?$page=2&$pagesize=50",
        "postgresql://127.0.0.1:5432/koppel",
        "connection 0190a1b2-0000-7000-8000-000000000000 is active",
        '{"code": "invalid_input", "state": "pending"}',
        "the bearer of bad news",
        "eyJust-a-word-that-begins-so",
    ],
)
def test_an_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "name",
    ["authorization", "http.request.header.authorization", "access_token", "oauth.refresh_token", "password",
     "db_password", "client_secret", "Cookie", "x-api-key"],
)  # fmt: skip
def test_a_value_under_a_known_name_is_taken_out_whole(name: str) -> None:
    assert redact_named(name, CANARY) == "[redacted]"


def test_nested_values_are_reached() -> None:
    value = {"request": {"headers": [{"authorization": CANARY}], "body": f"code={CANARY}"}, "n": 1}
    cleaned = redact_named("extra", value)
    assert CANARY not in str(cleaned)
    assert isinstance(cleaned, dict)
    assert cleaned["n"] == 1


def test_a_login_callback_loses_its_whole_query() -> None:
    url = f"https://koppel.test/v1/oauth/eaccounting/callback?anything={CANARY}#fragment"
    assert redact_url(url) == "https://koppel.test/v1/oauth/eaccounting/callback?[redacted]"
    assert redact_url(f"http://[half?code={CANARY}") == "http://[half?code=[redacted]"
    assert (
        redact_url("https://koppel.test/v1/connections?limit=5")
        == "https://koppel.test/v1/connections?limit=5"
    )


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "piece",
    ["a", "password", "eyJ", "eyJ-", "x://", "x://a:", '"password": "', "token=", "bearer ", "\\", " = "],
)
def test_a_long_text_costs_time_in_proportion(piece: str) -> None:
    """Quadratic patterns need minutes for this; the time-out is the assertion."""
    redact(piece * (200_000 // len(piece)))
