"""The client of a token call, and the redirects that a client may ask for."""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import unquote_plus, urlsplit

from koppel_sandbox.settings import Client

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


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


def callback_path(provider: str) -> str:
    """Any http redirect to this path on a loopback address is accepted next to the registered ones."""
    return f"/v1/oauth/{provider}/callback"


def accepts_redirect(client: Client, redirect_uri: str, provider: str) -> bool:
    """Registered text for text, or an http redirect to the usual callback path on a loopback address."""
    if redirect_uri in client.redirect_uris:
        return True
    try:
        parts = urlsplit(redirect_uri)
    except ValueError:
        return False
    plain = not parts.query and not parts.fragment and parts.username is None
    usual = parts.path == callback_path(provider)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK and usual and plain
