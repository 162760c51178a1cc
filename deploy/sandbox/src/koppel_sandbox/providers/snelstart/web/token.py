"""`/b2b/token`: a key for a token, as often as one likes. Nothing is refreshed, nothing can be revoked."""

import orjson

from koppel_sandbox.provider import Answer, Call
from koppel_sandbox.providers.snelstart.state import State

TOKEN = "/b2b/token"  # noqa: S105  (a path)


def token(state: State, call: Call) -> Answer | None:
    """None for a path or a method that is not the token call's."""
    if (call.method, call.path) != ("POST", TOKEN):
        return None
    form = call.form
    if form.get("grant_type") != "clientkey":
        return Answer(400, b'{"error":"unsupported_grant_type"}')
    minted = state.keys.mint(form.get("clientkey", ""))
    if minted is None:
        return Answer(400, b'{"error":"invalid_grant","message":"De koppelsleutel is ongeldig."}')
    body = {
        "access_token": minted,
        "token_type": "bearer",
        "expires_in": state.settings.access_token_seconds,
    }
    return Answer(200, orjson.dumps(body), (("cache-control", "no-store"),))
