"""The login at eAccounting: where the browser goes, what the token calls send and how they fail."""

import base64
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from koppel.kernel.errors import Permanent, Transient
from koppel.providers.catalogue import provider
from koppel.providers.failures import IncompleteTokens, ProviderFailure
from koppel.providers.profile import Endpoints
from koppel.providers.token_refusals import oauth_failure
from koppel.providers.tokens import ClientCredentials, TokenSet

EACCOUNTING = provider("eaccounting")
SCOPES = ("ea:api", "offline_access", "ea:sales_readonly", "ea:accounting_readonly", "ea:purchase_readonly")
TOKENS = {
    "access_token": "canary-access",
    "refresh_token": "canary-refresh",
    "expires_in": 3600,
    "token_type": "Bearer",
    "scope": "ea:api offline_access",
}


def authorization_query(endpoints: Endpoints, credentials: ClientCredentials) -> dict[str, list[str]]:
    url = EACCOUNTING.authorization_url(
        endpoints,
        credentials,
        redirect_uri="http://127.0.0.1:8101/v1/oauth/eaccounting/callback",
        state="the-state",
        code_challenge="the-challenge",
    )
    assert url.startswith(endpoints.authorize_url + "?")
    assert credentials.client_secret not in url
    return parse_qs(urlsplit(url).query)


def test_authorization_asks_for_a_code_with_pkce_and_the_least_scopes(
    endpoints: Endpoints, credentials: ClientCredentials
) -> None:
    query = authorization_query(endpoints, credentials)
    assert query == {
        "response_type": ["code"],
        "client_id": ["office client"],
        "redirect_uri": ["http://127.0.0.1:8101/v1/oauth/eaccounting/callback"],
        "scope": [" ".join(SCOPES)],
        "state": ["the-state"],
        "code_challenge": ["the-challenge"],
        "code_challenge_method": ["S256"],
        "prompt": ["select_account"],
        "acr_values": ["service:44643EB1-3F76-4C1C-A672-402AE8085934"],
    }


async def exchange(api: Any, endpoints: Endpoints, credentials: ClientCredentials) -> TokenSet:
    return await EACCOUNTING.exchange_code(
        api.http,
        endpoints,
        credentials,
        code="canary-code",
        code_verifier="canary-verifier",
        redirect_uri="http://127.0.0.1/cb",
    )


async def test_code_is_exchanged_with_verifier_and_basic_client_authentication(
    answering: Callable[..., Any], endpoints: Endpoints, credentials: ClientCredentials
) -> None:
    api = answering(httpx.Response(200, json=TOKENS))
    tokens = await exchange(api, endpoints, credentials)
    assert tokens == TokenSet("canary-access", "canary-refresh", 3600, ("ea:api", "offline_access"))
    (request,) = api.requests
    assert (request.method, str(request.url)) == ("POST", endpoints.token_url)
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["canary-code"],
        "code_verifier": ["canary-verifier"],
        "redirect_uri": ["http://127.0.0.1/cb"],
    }
    basic = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
    assert basic == "office+client:canary-client-secret%2B%2F"
    assert request.headers["User-Agent"].startswith("Koppel/")


async def test_answer_without_scopes_grants_what_was_asked(
    answering: Callable[..., Any], endpoints: Endpoints, credentials: ClientCredentials
) -> None:
    api = answering(httpx.Response(200, json={"access_token": "a", "token_type": "bearer"}))
    tokens = await exchange(api, endpoints, credentials)
    assert tokens.scopes == SCOPES
    assert tokens.expires_in is None


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ('{"access_token": "a", "expires_in": ' + "[" * 1_000 + "]" * 1_000 + "}", True),
        ('{"access_token": "a", "expires_in": ' + "9" * 300 + "}", True),
        ('{"access_token": "a", "token_type": ' + "[" * 1_000 + "]" * 1_000 + "}", False),
        ("[" * 100_000, False),
        ('{"access_token": ' + "9" * 5_000 + "}", False),
    ],
)
async def test_an_answer_of_any_form_is_tokens_or_a_bad_answer(
    answering: Callable[..., Any],
    endpoints: Endpoints,
    credentials: ClientCredentials,
    body: str,
    known: bool,
) -> None:
    api = answering(httpx.Response(200, content=body.encode()))
    if known:
        assert (await exchange(api, endpoints, credentials)).expires_in is None
    else:
        with pytest.raises(ProviderFailure, match="provider_bad_answer"):
            await exchange(api, endpoints, credentials)


async def test_refresh_that_does_not_rotate_leaves_the_refresh_token_open(
    answering: Callable[..., Any], endpoints: Endpoints, credentials: ClientCredentials
) -> None:
    api = answering(httpx.Response(200, json={"access_token": "fresh", "expires_in": "3600"}))
    tokens = await EACCOUNTING.refresh(api.http, endpoints, credentials, refresh_token="canary-refresh")
    assert tokens == TokenSet("fresh", None, 3600, ())
    assert parse_qs(api.requests[0].content.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["canary-refresh"],
    }


async def test_revocation_sends_the_token(
    answering: Callable[..., Any], endpoints: Endpoints, credentials: ClientCredentials
) -> None:
    api = answering(httpx.Response(200))
    await EACCOUNTING.revoke(api.http, endpoints, credentials, token="canary-refresh")
    (request,) = api.requests
    assert str(request.url) == endpoints.revocation_url
    assert parse_qs(request.content.decode()) == {"token": ["canary-refresh"]}


async def test_refused_revocation_is_a_failure(
    answering: Callable[..., Any], endpoints: Endpoints, credentials: ClientCredentials
) -> None:
    api = answering(httpx.Response(503))
    with pytest.raises(Transient, match="provider_unavailable"):
        await EACCOUNTING.revoke(api.http, endpoints, credentials, token="canary-refresh")


@pytest.mark.parametrize(
    ("answer", "code", "origin", "who", "family"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), "grant_invalid", "credential", "customer", Permanent),
        (httpx.Response(401, json={"error": "invalid_client"}), "client_invalid", "configuration", "us", Permanent),
        (httpx.Response(400, json={"error": "unauthorized_client"}), "client_invalid", "configuration", "us", Permanent),
        (httpx.Response(400, json={"error": "invalid_scope"}), "client_invalid", "configuration", "us", Permanent),
        (httpx.Response(400, json={"error": "invalid_request"}), "request_refused", "provider", "us", Permanent),
        (httpx.Response(400, json={"error": "temporarily_unavailable"}), "provider_unavailable", "provider", "provider", Transient),
        (httpx.Response(401), "client_invalid", "configuration", "us", Permanent),
        (httpx.Response(401, text="<html>"), "provider_unavailable", "provider", "provider", Transient),
        (httpx.Response(400, text="<html>"), "provider_unavailable", "provider", "provider", Transient),
        (httpx.Response(302, headers={"Location": "https://elsewhere.test"}), "provider_bad_answer", "provider", "provider", Transient),
        (httpx.Response(429), "rate_limited", "provider", "us", Transient),
        (httpx.Response(503, json={"error": "invalid_grant"}), "provider_unavailable", "provider", "provider", Transient),
        (httpx.Response(200, text="{not json"), "provider_bad_answer", "provider", "provider", Transient),
        (httpx.Response(200, json=["tokens"]), "provider_bad_answer", "provider", "provider", Transient),
        (httpx.Response(200, json={}), "provider_bad_answer", "provider", "provider", Transient),
        (httpx.Response(200, json=TOKENS | {"access_token": "two\nlines"}), "provider_bad_answer", "provider", "provider", Transient),
        (httpx.Response(200, json=TOKENS | {"refresh_token": 12}), "provider_bad_answer", "provider", "provider", Transient),
        (httpx.Response(200, json=TOKENS | {"token_type": "mac"}), "provider_bad_answer", "provider", "provider", Transient),
    ],
)  # fmt: skip
async def test_refused_token_call_says_what_failed_and_who_acts(
    answering: Callable[..., Any],
    endpoints: Endpoints,
    credentials: ClientCredentials,
    *,
    answer: httpx.Response,
    code: str,
    origin: str,
    who: str,
    family: type[Exception],
) -> None:
    api = answering(answer)
    with pytest.raises(family) as caught:
        await EACCOUNTING.refresh(api.http, endpoints, credentials, refresh_token="canary-refresh")
    failure = caught.value
    assert isinstance(failure, ProviderFailure)
    assert (failure.code, failure.origin, failure.who_must_act) == (code, origin, who)
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("access_denied", "consent_denied"),
        ("server_error", "provider_unavailable"),
        ("x", "provider_unavailable"),
    ],
)
def test_callback_error_is_typed(error: str, code: str) -> None:
    assert oauth_failure(error).code == code


def test_no_secret_is_in_a_repr(credentials: ClientCredentials) -> None:
    shown = repr((credentials, TokenSet("canary-access", "canary-refresh", 1, ())))
    assert "canary" not in shown


async def test_no_secret_is_in_a_failure(
    answering: Callable[..., Any], endpoints: Endpoints, credentials: ClientCredentials
) -> None:
    body = {"error": "invalid_grant", "error_description": "canary-description"}
    api = answering(httpx.Response(400, json=body))
    with pytest.raises(ProviderFailure) as caught:
        await EACCOUNTING.refresh(api.http, endpoints, credentials, refresh_token="canary-refresh")
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert "canary-description" not in shown
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "broken", [{"access_token": None}, {"access_token": "two\nlines"}, {"token_type": "mac"}]
)
async def test_a_refresh_token_beside_a_broken_access_token_is_handed_on_and_not_shown(
    answering: Callable[..., Any], endpoints: Endpoints, credentials: ClientCredentials, broken: Any
) -> None:
    api = answering(httpx.Response(200, json=TOKENS | broken))
    with pytest.raises(IncompleteTokens, match="provider_bad_answer") as caught:
        await EACCOUNTING.refresh(api.http, endpoints, credentials, refresh_token="used-up")
    assert caught.value.refresh_token.get_secret_value() == "canary-refresh"
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert "canary" not in shown
