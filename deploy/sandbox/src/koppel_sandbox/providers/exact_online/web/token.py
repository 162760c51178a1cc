"""`/api/oauth2/token`: client id and secret in the body, `expires_in` as text, refusals with Exact's own meanings."""

import secrets

import orjson

from koppel_sandbox.provider import Answer, Call
from koppel_sandbox.providers.exact_online.oauth.chains import Chain, TokenError, Tokens
from koppel_sandbox.providers.exact_online.state import State
from koppel_sandbox.providers.exact_online.web.addresses import TOKEN, Address
from koppel_sandbox.settings import Client

_HEADERS = (("cache-control", "no-store"),)
_JSON = "application/json"


class TokenEndpoint:
    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, call: Call, address: Address) -> Answer | None:
        """None for a path or a method that is not its own."""
        if (call.method, address.rest) != ("POST", TOKEN):
            return None
        try:
            return self._token(call, address.region)
        except TokenError as error:
            return _refusal(error)

    def chain_of(self, call: Call) -> Chain | None:
        """Whose token call it is, also when it will be refused."""
        sent = (call.form.get(name) for name in ("refresh_token", "code"))
        return next((chain for token in sent if token and (chain := self._state.chains.behind(token))), None)

    def _token(self, call: Call, region: str) -> Answer:
        if not call.has_form:
            raise TokenError(400, "invalid_request", "The body must be form-encoded.")
        client, chain = self._client(call), self.chain_of(call)
        if chain is not None and not self._state.limits.draw_token_call(client.client_id, chain.username):
            text = "Rate limit exceeded: token calls of this day"
            raise TokenError(429, "access_denied", text, violation="token_calls_per_day")
        tokens = self._tokens(call, client, region)
        body = {
            "access_token": tokens.access_token,
            "token_type": "Bearer",
            "expires_in": str(self._state.settings.access_token_seconds),
            "refresh_token": tokens.refresh_token,
        }
        return Answer(200, orjson.dumps(body), _HEADERS, _JSON)

    def _client(self, call: Call) -> Client:
        """Only from the body: Basic credentials are not looked at."""
        client = self._state.settings.client(call.form.get("client_id", ""))
        given = call.form.get("client_secret", "").encode()
        if client is None or not secrets.compare_digest(client.client_secret.encode(), given):
            raise TokenError(401, "invalid_client", "Unknown client or wrong secret.")
        return client

    def _tokens(self, call: Call, client: Client, region: str) -> Tokens:
        form, chains = call.form, self._state.chains
        if form.get("grant_type") == "authorization_code":
            return chains.exchange(
                client.client_id, region, form.get("code", ""), form.get("redirect_uri", "")
            )
        if form.get("grant_type") == "refresh_token":
            return chains.refresh(client.client_id, region, form.get("refresh_token", ""))
        raise TokenError(400, "unsupported_grant_type", "authorization_code and refresh_token are supported.")


def _refusal(error: TokenError) -> Answer:
    headers = _HEADERS if error.reason is None else (*_HEADERS, ("reason", error.reason))
    body = {"error": error.error, "error_description": error.description}
    return Answer(error.status, orjson.dumps(body), headers, _JSON, violation=error.violation)
