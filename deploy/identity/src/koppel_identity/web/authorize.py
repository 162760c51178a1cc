"""Where a login begins in a browser: the authorization endpoint (RFC 6749, 4.1.1; RFC 7636; OpenID Connect Core, 3.1.2)."""

import secrets
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from koppel_identity.clients import CLIENTS, Client
from koppel_identity.issuer import Issuer
from koppel_identity.login import Asked, OAuthError
from koppel_identity.store.attempts import ATTEMPT_SECONDS, Attempts
from koppel_identity.web.forms import once
from koppel_identity.web.metadata import SCOPES
from koppel_identity.web.pages import Pages
from koppel_identity.web.texts import preferred

COOKIE = "koppel_identity"
_LONGEST = 1000
_COOKIE_LENGTH = 43


class Authorize:
    def __init__(self, issuer: Issuer, attempts: Attempts, pages: Pages) -> None:
        self._issuer = issuer
        self._attempts = attempts
        self._pages = pages

    async def begin(self, request: Request) -> Response:
        """To the login page, back to the client with an error, or, where it cannot be trusted, nowhere."""
        query = request.query_params
        client = CLIENTS.get(query.get("client_id", ""))
        if client is None or len(query.getlist("client_id")) > 1:
            return self._pages.error(request, "client_unknown")
        uri = query.get("redirect_uri", "")
        if not client.may_return_to(uri) or len(query.getlist("redirect_uri")) > 1:
            return self._pages.error(request, "redirect_foreign")
        try:
            asked = _asked(client, once(query))
        except OAuthError as error:
            state = query.get("state", "")[:_LONGEST]
            return RedirectResponse(back(self._issuer, uri, state, error=error.code), 303)
        return start(request, self._attempts, asked)


def start(request: Request, attempts: Attempts, asked: Asked) -> Response:
    """To the first page of a login, which only this browser can go on with."""
    language = preferred(
        request.query_params.get("ui_locales", "") or request.headers.get("accept-language", "")
    )
    browser = request.cookies.get(COOKIE, "")
    if len(browser) != _COOKIE_LENGTH:
        browser = secrets.token_urlsafe(32)
    attempt = attempts.begin(asked, browser=browser, language=language)
    answer = RedirectResponse(f"/login/{attempt.id}", 303)
    answer.set_cookie(COOKIE, browser, max_age=ATTEMPT_SECONDS, httponly=True, samesite="lax", path="/")
    return answer


def back(issuer: Issuer, redirect_uri: str, state: str, **answer: str) -> str:
    """The client's address with the answer to it; RFC 9207: `iss` says whose answer it is."""
    query = urlencode({**answer, **({"state": state} if state else {}), "iss": issuer.name})
    return f"{redirect_uri}{'&' if urlsplit(redirect_uri).query else '?'}{query}"


def _asked(client: Client, query: dict[str, str]) -> Asked:
    if any(len(value) > _LONGEST for name, value in query.items() if name != "redirect_uri"):
        raise OAuthError("invalid_request", "a parameter is too long")
    if query.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "only response_type=code is supported")
    for name in ("request", "request_uri"):
        if name in query:
            raise OAuthError(f"{name}_not_supported", "parameters come as they are")
    if query.get("response_mode", "query") != "query":
        raise OAuthError("invalid_request", "only response_mode=query is supported")
    if not set(query.get("scope", "").split()) <= {*SCOPES}:
        raise OAuthError("invalid_scope", "unknown scope")
    if "none" in query.get("prompt", "").split():
        raise OAuthError("login_required", "somebody has to choose who logs in")
    challenge = query.get("code_challenge", "")
    if query.get("code_challenge_method") != "S256" or not is_challenge(challenge):
        raise OAuthError("invalid_request", "code_challenge with code_challenge_method=S256 is required")
    return Asked(
        client_id=client.id,
        redirect_uri=query["redirect_uri"],
        scope=query.get("scope", ""),
        state=query.get("state", ""),
        nonce=query.get("nonce", ""),
        challenge=challenge,
    )


def is_challenge(text: str) -> bool:
    """A SHA-256 in base64url."""
    return len(text) == 43 and text.isascii() and text.replace("-", "").replace("_", "").isalnum()
