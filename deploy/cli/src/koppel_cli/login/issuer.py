"""Calls of an OpenID Connect issuer: its metadata, device codes, tokens, and who somebody is."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from koppel_cli import http_call
from koppel_cli.failure import CommandFailed

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_SECONDS = 15.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LONGEST = 200


class Denied(Exception):
    """RFC 6749's `error`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def metadata(issuer: str) -> dict[str, Any]:
    """What the issuer says it has. Raises `CommandFailed` for one that is none, or is another than was asked."""
    safe(issuer)
    found = _content(_call("GET", f"{issuer}/.well-known/openid-configuration"), issuer)
    if found.get("issuer") != issuer:
        detail = f"What answers at {issuer} says that it is {str(found.get('issuer'))[:_LONGEST]}."
        raise CommandFailed("another_issuer", detail, hint="Give the issuer as it calls itself.")
    for name in ("device_authorization_endpoint", "token_endpoint"):
        if not isinstance(found.get(name), str):
            detail = f"{issuer} has no {name}."
            raise CommandFailed(
                "no_device_code", detail, hint="KOPPEL_TOKEN takes a token got in another way."
            )
        safe(found[name])
    return found


def safe(url: str) -> None:
    """Tokens travel by https, or do not leave this machine. Raises `CommandFailed`."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if host and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        return
    raise CommandFailed(
        "unsafe_address",
        f"Tokens are not sent to {url[:_LONGEST]!r}.",
        hint="https, or http to 127.0.0.1.",
    )


def posted(endpoint: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The JSON of an answer that is success. Raises `Denied`, and `CommandFailed` where nobody answers."""
    answer = _call("POST", endpoint, data=dict(form))
    if answer.is_success:
        return _content(answer, endpoint) if answer.content else {}
    try:
        code = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        code = None
    if isinstance(code, str):
        raise Denied(code[:_LONGEST])
    raise _garbage(endpoint, answer)


def person(endpoint: object, access_token: str) -> str:
    """Name and organisation as the issuer tells them; empty where it does not."""
    if not isinstance(endpoint, str):
        return ""
    safe(endpoint)
    answer = _call("GET", endpoint, headers={"Authorization": f"Bearer {access_token}"})
    if not answer.is_success:
        return ""
    told = _content(answer, endpoint)
    texts = [told.get("name") or told.get("preferred_username"), told.get("org_name")]
    return " of ".join(text[:_LONGEST] for text in texts if isinstance(text, str) and text)


def _call(method: str, url: str, **given: Any) -> httpx.Response:
    try:
        return http_call.request(method, url, within=_SECONDS, **given)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        detail = f"The issuer does not answer at {url[:_LONGEST]} ({type(error).__name__})."
        raise CommandFailed("issuer_away", detail, hint="Is it running? `--issuer` names another.") from error


def _content(answer: httpx.Response, url: str) -> dict[str, Any]:
    try:
        content = answer.json() if answer.is_success else None
    except ValueError:
        content = None
    if isinstance(content, dict):
        return content
    raise _garbage(url, answer)


def _garbage(url: str, answer: httpx.Response) -> CommandFailed:
    detail = f"{url[:_LONGEST]} answered {answer.status_code}, as no issuer does."
    return CommandFailed("unexpected_answer", detail, hint="Is it the address of an OpenID Connect issuer?")
