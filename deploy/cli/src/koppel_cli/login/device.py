"""A login by device code (RFC 8628): the person approves in a browser, the command asks until it is done."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from koppel_cli.failure import CommandFailed
from koppel_cli.login.issuer import DEVICE_GRANT, Denied, metadata, person, posted, safe
from koppel_cli.login.profiles import Profile

CLIENT = "koppel-cli"
SCOPE = "openid profile email offline_access"
_SLOWER = 5
"""Seconds more between two polls when the issuer asks for it."""
_LONGEST_WAIT = 1800
_REASONS = {
    "access_denied": "The login was cancelled in the browser.",
    "expired_token": "Nobody approved it in time.",
    "invalid_client": "The issuer does not know this client.",
    "unauthorized_client": "The issuer does not let this client log in by device code.",
    "invalid_scope": "The issuer does not know this scope.",
}


def log_in(
    *,
    name: str,
    issuer: str,
    client_id: str,
    scope: str,
    addresses: Mapping[str, str],
    show: Callable[[str, str], None],
) -> Profile:
    """The new profile, not kept yet. `show` is given the page to open and the code to compare. Raises `CommandFailed`."""
    found = metadata(issuer)
    try:
        codes = posted(found["device_authorization_endpoint"], {"client_id": client_id, "scope": scope})
        show(*_page_and_code(codes))
        tokens = _approved(found["token_endpoint"], client_id, codes)
    except Denied as denied:
        raise _not_logged_in(denied.code) from denied
    kept = lifetime(tokens)
    revocation = found.get("revocation_endpoint")
    if isinstance(revocation, str):
        safe(revocation)
    return Profile(
        name=name,
        issuer=issuer,
        client_id=client_id,
        scope=scope,
        token_endpoint=found["token_endpoint"],
        revocation_endpoint=revocation if isinstance(revocation, str) else None,
        addresses=dict(addresses),
        who=person(found.get("userinfo_endpoint"), kept["access_token"]),
        **kept,
    )


def lifetime(tokens: Mapping[str, Any]) -> dict[str, Any]:
    """The tokens of an answer and when the first ends. Raises `CommandFailed` for an answer without one."""
    access, seconds = tokens.get("access_token"), tokens.get("expires_in", 60)
    refresh = tokens.get("refresh_token")
    if not isinstance(access, str) or not isinstance(seconds, int):
        hint = "Is the client set up for Koppel?"
        raise CommandFailed("unexpected_answer", "The issuer gave no access token.", hint=hint)
    return {
        "access_token": access,
        "expires_at": time.time() + seconds,
        "refresh_token": refresh if isinstance(refresh, str) else None,
    }


def _page_and_code(codes: Mapping[str, Any]) -> tuple[str, str]:
    page, code = (
        codes.get("verification_uri_complete") or codes.get("verification_uri"),
        codes.get("user_code"),
    )
    if isinstance(page, str) and isinstance(code, str) and isinstance(codes.get("device_code"), str):
        return page, code
    raise CommandFailed("unexpected_answer", "The issuer gave no device code.", hint="Is it up to date?")


def _approved(endpoint: str, client_id: str, codes: Mapping[str, Any]) -> dict[str, Any]:
    pause, left = _seconds(codes, "interval", 5), _seconds(codes, "expires_in", _LONGEST_WAIT)
    form = {"grant_type": DEVICE_GRANT, "client_id": client_id, "device_code": codes["device_code"]}
    while left > 0:
        time.sleep(pause)
        left -= pause
        try:
            return posted(endpoint, form)
        except Denied as denied:
            if denied.code == "slow_down":
                pause += _SLOWER
            elif denied.code != "authorization_pending":
                raise
    raise Denied("expired_token")


def _seconds(codes: Mapping[str, Any], name: str, usual: int) -> int:
    given = codes.get(name, usual)
    return min(max(given, 1), _LONGEST_WAIT) if isinstance(given, int) else usual


def _not_logged_in(code: str) -> CommandFailed:
    detail = _REASONS.get(code, f"The issuer refused the login ({code}).")
    return CommandFailed("not_logged_in", detail, hint="`koppel login` begins again.")
