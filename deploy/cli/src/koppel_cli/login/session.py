"""The token of the profile in use. It is renewed before it ends, by one command at a time."""

import time
from contextlib import suppress
from dataclasses import replace

from koppel_cli.failure import CommandFailed
from koppel_cli.login import profiles
from koppel_cli.login.device import lifetime
from koppel_cli.login.issuer import Denied, posted
from koppel_cli.login.profiles import Profile

_MARGIN = 30
"""Seconds; a command takes some."""


def access_token() -> str | None:
    """None when nobody is logged in. Raises `CommandFailed` for a login that has ended."""
    profile = profiles.in_use()
    if profile is None or _holds(profile):
        return profile.access_token if profile else None
    with profiles.locked(profile.name):
        current = profiles.load(profile.name) or profile
        if _holds(current):
            return current.access_token  # another command was quicker
        renewed = _renewed(current)
        profiles.save(renewed)
    return renewed.access_token


def end(profile: Profile) -> bool:
    """Forgets the login, and tells the issuer; False when that does not know now."""
    told = False
    if profile.revocation_endpoint:
        token = profile.refresh_token or profile.access_token
        form = {"client_id": profile.client_id, "token": token}
        with suppress(CommandFailed, Denied):
            posted(profile.revocation_endpoint, form)
            told = True
    profiles.remove(profile.name)
    return told


def _holds(profile: Profile) -> bool:
    return time.time() < profile.expires_at - _MARGIN


def _renewed(profile: Profile) -> Profile:
    hint = f"`koppel login {profile.name}` logs in again; KOPPEL_TOKEN goes before it."
    if profile.refresh_token is None:
        raise CommandFailed("login_ended", f"The login of the profile {profile.name} has ended.", hint=hint)
    form = {
        "grant_type": "refresh_token",
        "client_id": profile.client_id,
        "refresh_token": profile.refresh_token,
    }
    try:
        tokens = posted(profile.token_endpoint, form)
    except Denied as denied:
        detail = f"The login of the profile {profile.name} has ended ({denied.code})."
        raise CommandFailed("login_ended", detail, hint=hint) from denied
    # An issuer that does not rotate sends none: the former one stays.
    return replace(profile, **{**lifetime(tokens), **_kept(tokens, profile)})


def _kept(tokens: dict[str, object], profile: Profile) -> dict[str, str | None]:
    return {} if isinstance(tokens.get("refresh_token"), str) else {"refresh_token": profile.refresh_token}
