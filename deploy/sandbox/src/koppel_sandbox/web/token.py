"""`/connect/token` and `/connect/revocation` (RFC 6749, RFC 7009)."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from koppel_sandbox.oauth.grants import OAuthError, Tokens
from koppel_sandbox.provider import Provider
from koppel_sandbox.settings import Client
from koppel_sandbox.web.authorize import issuer

_HEADERS = {"Cache-Control": "no-store"}


def client_credentials(authorization: str, form: Mapping[str, str]) -> tuple[str, str]:
    """Client id and secret from the Basic header (RFC 6749, section 2.3.1), else from the body."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(secret)


class TokenEndpoint:
    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[Route]:
        return [
            Route("/connect/token", self.token, methods=["POST"]),
            Route("/connect/revocation", self.revoke, methods=["POST"]),
        ]

    async def token(self, request: Request) -> Response:
        try:
            form = await _form(request)
            client = self._client(request, form)
            tokens = self._tokens(client, form, issuer(request))
        except OAuthError as error:
            return _refusal(error)
        body: dict[str, object] = {
            "access_token": tokens.access_token,
            "expires_in": self._provider.settings.access_token_seconds,
            "token_type": "Bearer",
            "scope": " ".join(tokens.scopes),
        }
        if tokens.refresh_token is not None:
            body["refresh_token"] = tokens.refresh_token
        return JSONResponse(body, headers=_HEADERS)

    async def revoke(self, request: Request) -> Response:
        """Ends the whole login behind the token, its access tokens included. Unknown tokens answer 200 as well."""
        try:
            form = await _form(request)
            client = self._client(request, form)
        except OAuthError as error:
            return _refusal(error)
        if not form.get("token"):
            return _refusal(OAuthError("invalid_request", "token is missing"))
        grant = self._provider.grants.behind(form["token"])
        if grant is not None and grant.client_id == client.client_id:
            self._provider.grants.revoke(grant)
        return Response(status_code=200, headers=_HEADERS)

    def _client(self, request: Request, form: Mapping[str, str]) -> Client:
        client_id, secret = client_credentials(request.headers.get("authorization", ""), form)
        client = self._provider.settings.client(client_id)
        if client is None or not secrets.compare_digest(client.client_secret.encode(), secret.encode()):
            raise OAuthError("invalid_client", "unknown client or wrong secret", 401)
        return client

    def _tokens(self, client: Client, form: Mapping[str, str], issued_by: str) -> Tokens:
        grants = self._provider.grants
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


async def _form(request: Request) -> dict[str, str]:
    if (
        request.headers.get("content-type", "").partition(";")[0].strip()
        != "application/x-www-form-urlencoded"
    ):
        raise OAuthError("invalid_request", "the body must be form-encoded")
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def _refusal(error: OAuthError) -> Response:
    headers = {**_HEADERS, "WWW-Authenticate": "Basic"} if error.status == 401 else _HEADERS
    body = {"error": error.code, "error_description": error.description}
    return JSONResponse(body, error.status, headers=headers)
