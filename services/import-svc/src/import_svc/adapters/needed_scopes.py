"""What a login has to allow so that all of a company can be read."""

from koppel.providers.catalogue import PROVIDERS
from koppel.providers.profile import CodeFlow

_OF_THE_LOGIN = frozenset({"openid", "offline_access"})
"""Scopes that concern the login itself, which answers need not name."""


def missing_scopes(provider: str, allowed: str | None) -> tuple[str, ...] | None:
    """Those that Koppel asks for and the login did not get, as OAuth writes `allowed`; None: it is not known."""
    known = PROVIDERS.get(provider)
    if known is None or not allowed or not isinstance(known.profile.auth, CodeFlow):
        return None
    wanted = [scope for scope in known.profile.auth.scopes if scope not in _OF_THE_LOGIN]
    return tuple(scope for scope in wanted if scope not in allowed.split()) if wanted else None
