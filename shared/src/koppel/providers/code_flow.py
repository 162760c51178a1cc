"""A login in the browser as its profile says it: RFC 6749 §4.1, with RFC 7636 where the provider takes it."""

from collections.abc import Iterable
from dataclasses import replace

import httpx

from koppel.providers.oauth import revocation_call, token_call
from koppel.providers.profile import CodeFlow, Endpoints
from koppel.providers.token_refusals import TokenRefusal
from koppel.providers.tokens import ClientCredentials, TokenSet


def authorization_url(
    flow: CodeFlow,
    endpoints: Endpoints,
    credentials: ClientCredentials,
    *,
    redirect_uri: str,
    state: str,
    code_challenge: str,
) -> str:
    """Where to send the browser."""
    params = {
        "response_type": "code",
        "client_id": credentials.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        **flow.parameters,
    }
    if flow.scopes:
        params["scope"] = " ".join(flow.scopes)
    if flow.pkce:
        params |= {"code_challenge": code_challenge, "code_challenge_method": "S256"}
    return str(httpx.URL(endpoints.authorize_url).copy_merge_params(params))


async def exchange_code(
    flow: CodeFlow,
    http: httpx.AsyncClient,
    endpoints: Endpoints,
    credentials: ClientCredentials,
    *,
    code: str,
    code_verifier: str,
    redirect_uri: str,
    refusals: Iterable[TokenRefusal] = (),
) -> TokenSet:
    """Tokens for the code of a callback."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if flow.pkce:
        form["code_verifier"] = code_verifier
    tokens = await token_call(
        http, endpoints.token_url, credentials, form, by=flow.client_authentication, refusals=refusals
    )
    if tokens.scopes:
        return tokens
    # RFC 6749 §5.1: an answer that names no scopes grants those that were asked.
    return replace(tokens, scopes=flow.scopes)


async def refresh(
    flow: CodeFlow,
    http: httpx.AsyncClient,
    endpoints: Endpoints,
    credentials: ClientCredentials,
    *,
    refresh_token: str,
    refusals: Iterable[TokenRefusal] = (),
) -> TokenSet:
    """New tokens for a refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return await token_call(
        http, endpoints.token_url, credentials, form, by=flow.client_authentication, refusals=refusals
    )


async def revoke(
    flow: CodeFlow,
    http: httpx.AsyncClient,
    revocation_url: str,
    credentials: ClientCredentials,
    *,
    token: str,
) -> None:
    """Withdraw a token."""
    await revocation_call(http, revocation_url, credentials, token=token, by=flow.client_authentication)
