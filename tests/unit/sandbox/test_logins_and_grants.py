"""Codes, refresh tokens and access tokens, with a clock in the test's hand."""

import pytest

from koppel_sandbox.instants import SECOND
from koppel_sandbox.oauth.clients import accepts_redirect
from koppel_sandbox.oauth.logins import OAuthError, UnusableRequestError
from koppel_sandbox.providers.eaccounting.oauth.grants import Grants, challenge_of
from koppel_sandbox.providers.eaccounting.oauth.login import Login, Logins, RefusedRequestError
from koppel_sandbox.providers.eaccounting.oauth.signing import SigningKey
from koppel_sandbox.providers.eaccounting.settings import Settings
from koppel_sandbox.providers.eaccounting.world import User
from koppel_sandbox.settings import Client

KEY = SigningKey()
CALLBACK = "http://127.0.0.1:8101/v1/oauth/eaccounting/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters"
USER = User("u-1", "demo", "demo", ("c-1", "c-2"))
REQUEST = {
    "redirect_uri": CALLBACK,
    "scope": "ea:api offline_access ea:sales_readonly",
    "response_type": "code",
    "state": "s",
}


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000 * SECOND

    def __call__(self) -> int:
        return self.now

    def pass_seconds(self, seconds: int) -> None:
        self.now += seconds * SECOND


class Flow:
    """A provider's logins and grants, and a consent given."""

    def __init__(self, *, rotate: bool = True, challenge: str | None = challenge_of(VERIFIER)) -> None:
        self.clock = Clock()
        self.grants = Grants(Settings(rotate_refresh_tokens=rotate), KEY, self.clock)
        login = Login(
            client_id="app",
            redirect_uri=CALLBACK,
            state="s",
            scopes=("ea:api", "offline_access"),
            challenge=challenge,
        )
        self.code = self.grants.authorize(login, USER, "c-1")

    def exchange(
        self, redirect_uri: str = CALLBACK, verifier: str | None = VERIFIER, client: str = "app"
    ) -> str:
        tokens = self.grants.exchange(
            client, self.code, redirect_uri=redirect_uri, verifier=verifier, issuer="http://issuer"
        )
        assert tokens.refresh_token is not None
        self.access = tokens.access_token
        return tokens.refresh_token

    def refresh(self, token: str) -> str:
        tokens = self.grants.refresh("app", token, issuer="http://issuer")
        assert tokens.refresh_token is not None
        self.access = tokens.access_token
        return tokens.refresh_token


def refusal(flow: Flow, token: str) -> str:
    with pytest.raises(OAuthError) as caught:
        flow.refresh(token)
    return caught.value.code


def test_an_access_token_names_the_company_and_lives_an_hour() -> None:
    flow = Flow()
    flow.exchange()
    claims = KEY.read(flow.access)
    assert claims is not None
    assert (claims["customer_id"], claims["sub"], claims["client_id"]) == ("c-1", "u-1", "app")
    assert claims["scope"] == ["ea:api", "offline_access"]
    flow.clock.pass_seconds(3599)
    assert flow.grants.authenticate(flow.access) is not None
    flow.clock.pass_seconds(1)
    assert flow.grants.authenticate(flow.access) is None


def test_a_code_used_twice_ends_what_it_gave() -> None:
    flow = Flow()
    refresh = flow.exchange()
    with pytest.raises(OAuthError):
        flow.exchange()
    assert flow.grants.authenticate(flow.access) is None
    assert refusal(flow, refresh) == "invalid_grant"


def test_a_code_is_good_for_five_minutes() -> None:
    flow = Flow()
    flow.clock.pass_seconds(300)
    with pytest.raises(OAuthError, match="expired"):
        flow.exchange()


@pytest.mark.parametrize(
    "wrong",
    [{"redirect_uri": CALLBACK + "/"}, {"verifier": "another"}, {"verifier": None}, {"client": "another"}],
)
def test_a_code_needs_the_same_client_redirect_and_verifier(wrong: dict[str, str]) -> None:
    with pytest.raises(OAuthError) as caught:
        Flow().exchange(**wrong)
    assert caught.value.code == "invalid_grant"


def test_a_login_without_pkce_needs_no_verifier() -> None:
    assert Flow(challenge=None).exchange(verifier=None)


def test_a_rotated_refresh_token_is_good_once() -> None:
    flow = Flow()
    first = flow.exchange()
    second = flow.refresh(first)
    assert second != first
    assert refusal(flow, first) == "invalid_grant"
    assert flow.refresh(second)


def test_a_refresh_token_that_does_not_rotate_stays_the_same() -> None:
    flow = Flow(rotate=False)
    first = flow.exchange()
    assert flow.refresh(first) == flow.refresh(first) == first


def test_another_client_cannot_use_a_refresh_token() -> None:
    flow = Flow()
    token = flow.exchange()
    with pytest.raises(OAuthError):
        flow.grants.refresh("another", token, issuer="http://issuer")
    assert flow.refresh(token)


def begin(**changes: str) -> Login:
    return Logins(Clock()).begin({**REQUEST, **changes}, Client("app", "secret"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "ea:sales"}, "invalid_scope"),
        ({"scope": "ea:api everything"}, "invalid_scope"),
        ({"prompt": "none"}, "invalid_request"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "x"}, "invalid_request"),
    ],
)
def test_a_request_that_cannot_be_served_is_told_to_the_client(changes: dict[str, str], code: str) -> None:
    with pytest.raises(RefusedRequestError) as caught:
        begin(**changes)
    assert caught.value.location.startswith(f"{CALLBACK}?error={code}&")
    assert caught.value.location.endswith("state=s")


def test_a_redirect_that_is_not_registered_gets_no_redirect() -> None:
    with pytest.raises(UnusableRequestError):
        begin(redirect_uri="https://elsewhere.example/callback")


@pytest.mark.parametrize(
    ("redirect_uri", "accepted"),
    [
        (CALLBACK, True),
        ("http://localhost:1/v1/oauth/eaccounting/callback", True),
        ("http://[::1]:8101/v1/oauth/eaccounting/callback", True),
        ("https://koppel.example/callback", True),
        ("https://koppel.example/callback/", False),
        ("http://127.0.0.1:8101/v1/oauth/eaccounting/callback?x=1", False),
        ("http://127.0.0.1:8101/elsewhere", False),
        ("https://127.0.0.1:8101/v1/oauth/eaccounting/callback", False),
        ("http://127.0.0.1.elsewhere.example/v1/oauth/eaccounting/callback", False),
        ("http://user@127.0.0.1/v1/oauth/eaccounting/callback", False),
        ("http://[/v1/oauth/eaccounting/callback", False),
    ],
)
def test_redirects_are_registered_text_or_the_loopback_callback(redirect_uri: str, accepted: bool) -> None:
    client = Client("app", "secret", ("https://koppel.example/callback",))
    assert accepts_redirect(client, redirect_uri, "eaccounting") is accepted


@pytest.mark.parametrize(
    ("prompt", "acr_values", "shows"),
    [
        ("", "", False),
        ("select_account", "", True),
        ("login", "", False),
        ("login select_account", "", True),
        ("login+select_account", "", True),
        ("login", "service:44643EB1-3F76-4C1C-A672-402AE8085934 forceselectcompany:true", True),
        ("", "forceselectcompany:true", False),
    ],
)
def test_the_selector_is_forced_by_prompt_or_acr_values(prompt: str, acr_values: str, shows: bool) -> None:
    assert begin(prompt=prompt, acr_values=acr_values).shows_selector is shows


def test_a_login_left_alone_expires() -> None:
    clock = Clock()
    logins = Logins(clock)
    login = logins.begin(REQUEST, Client("app", "secret"))
    assert logins.find(login.id) is login
    clock.pass_seconds(900)
    assert logins.find(login.id) is None
