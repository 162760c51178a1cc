"""`/connect/token` and `/connect/revocation` (RFC 6749, RFC 7009)."""

import secrets
from collections.abc import Mapping

import orjson

from koppel_sandbox.oauth.clients import client_credentials
from koppel_sandbox.oauth.logins import OAuthError
from koppel_sandbox.provider import Answer, Call
from koppel_sandbox.providers.eaccounting.oauth.grants import Tokens
from koppel_sandbox.providers.eaccounting.state import State
from koppel_sandbox.settings import Client

TOKEN, REVOCATION = "/connect/token", "/connect/revocation"
_HEADERS = (("cache-control", "no-store"),)
_JSON = "application/json"


class TokenEndpoint:
    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, call: Call) -> Answer | None:
        """None for a path or a method that is none of its own."""
        if call.method != "POST" or call.path not in {TOKEN, REVOCATION}:
            return None
        try:
            form = _form(call)
            client = self._client(call, form)
            return self._token(call, client, form) if call.path == TOKEN else self._revoke(client, form)
        except OAuthError as error:
            return _refusal(error)

    def _token(self, call: Call, client: Client, form: Mapping[str, str]) -> Answer:
        tokens = self._tokens(client, form, call.base_url)
        body: dict[str, object] = {
            "access_token": tokens.access_token,
            "expires_in": self._state.settings.access_token_seconds,
            "token_type": "Bearer",
            "scope": " ".join(tokens.scopes),
        }
        if tokens.refresh_token is not None:
            body["refresh_token"] = tokens.refresh_token
        return Answer(200, orjson.dumps(body), _HEADERS, _JSON)

    def _revoke(self, client: Client, form: Mapping[str, str]) -> Answer:
        """Ends the whole login behind the token, its access tokens included. Unknown tokens answer 200 as well."""
        if not form.get("token"):
            raise OAuthError("invalid_request", "token is missing")
        grant = self._state.grants.behind(form["token"])
        if grant is not None and grant.client_id == client.client_id:
            self._state.grants.revoke(grant)
        return Answer(200, b"", _HEADERS, None)

    def _client(self, call: Call, form: Mapping[str, str]) -> Client:
        client_id, secret = client_credentials(call.headers.get("authorization", ""), form)
        client = self._state.settings.client(client_id)
        if client is None or not secrets.compare_digest(client.client_secret.encode(), secret.encode()):
            raise OAuthError("invalid_client", "unknown client or wrong secret", 401)
        return client

    def _tokens(self, client: Client, form: Mapping[str, str], issued_by: str) -> Tokens:
        grants = self._state.grants
        if form.get("grant_type") == "authorization_code":
            return grants.exchange(
                client.client_id,
                form.get("code", ""),
                redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier"),
                issuer=issued_by,
            )
        if form.get("grant_type") == "refresh_token":
            return grants.refresh(client.client_id, form.get("refresh_token", ""), issuer=issued_by)
        raise OAuthError("unsupported_grant_type", "authorization_code and refresh_token are supported")


def _form(call: Call) -> dict[str, str]:
    if not call.has_form:
        raise OAuthError("invalid_request", "the body must be form-encoded")
    return call.form


def _refusal(error: OAuthError) -> Answer:
    headers = (*_HEADERS, ("www-authenticate", "Basic")) if error.status == 401 else _HEADERS
    body = {"error": error.code, "error_description": error.description}
    return Answer(error.status, orjson.dumps(body), headers, _JSON)
