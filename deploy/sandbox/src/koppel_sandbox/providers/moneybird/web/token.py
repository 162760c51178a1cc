"""`/oauth/token` and `/oauth/revoke`: client id and secret in the body, and nothing about a token's life."""

import secrets
from collections.abc import Mapping

import orjson

from koppel_sandbox.instants import SECOND
from koppel_sandbox.oauth.logins import OAuthError
from koppel_sandbox.provider import Answer, Call
from koppel_sandbox.providers.moneybird.oauth.grants import Tokens
from koppel_sandbox.providers.moneybird.state import State

TOKEN, REVOCATION = "/oauth/token", "/oauth/revoke"
_HEADERS = (("cache-control", "no-store"),)


class TokenEndpoint:
    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, call: Call) -> Answer | None:
        """None for a path or a method that is none of its own."""
        if call.method != "POST" or call.path not in {TOKEN, REVOCATION}:
            return None
        try:
            form = call.form
            client_id = self._client(form)
            return self._token(client_id, form) if call.path == TOKEN else self._revoke(client_id, form)
        except OAuthError as error:
            body = {"error": error.code, "error_description": error.description}
            return Answer(error.status, orjson.dumps(body), _HEADERS)

    def _client(self, form: Mapping[str, str]) -> str:
        """Only from the body: a Basic header is not looked at."""
        client = self._state.settings.client(form.get("client_id", ""))
        secret = form.get("client_secret", "")
        if client is None or not secrets.compare_digest(client.client_secret.encode(), secret.encode()):
            raise OAuthError("invalid_client", "Client authentication failed", 401)
        return client.client_id

    def _token(self, client_id: str, form: Mapping[str, str]) -> Answer:
        tokens = self._tokens(client_id, form)
        body = {
            "access_token": tokens.access_token,
            "token_type": "Bearer",
            "refresh_token": tokens.refresh_token,
            "scope": " ".join(tokens.scopes),
            "created_at": self._state.clock() // SECOND,
        }
        return Answer(200, orjson.dumps(body), _HEADERS)

    def _tokens(self, client_id: str, form: Mapping[str, str]) -> Tokens:
        grants = self._state.grants
        if form.get("grant_type") == "authorization_code":
            return grants.exchange(client_id, form.get("code", ""), form.get("redirect_uri", ""))
        if form.get("grant_type") == "refresh_token":
            return grants.refresh(client_id, form.get("refresh_token", ""))
        raise OAuthError("unsupported_grant_type", "The grant type is not supported")

    def _revoke(self, client_id: str, form: Mapping[str, str]) -> Answer:
        """Ends the whole login behind the token. Unknown tokens answer 200 as well."""
        grant = self._state.grants.behind(form.get("token", ""))
        if grant is not None and grant.client_id == client_id:
            self._state.grants.revoke(grant)
        return Answer(200, b"{}", _HEADERS)
