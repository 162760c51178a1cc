"""What can be set about Exact Online's sandbox."""

from dataclasses import dataclass

from koppel_sandbox.control.fields import Fields
from koppel_sandbox.control.reset import common
from koppel_sandbox.settings import CommonSettings

STATES = ("practice", "dossier", "suspended", "archived", "blocked")
"""Of a division, in the order in which the last ones get them. The first two are kinds: their books can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    """`companies` are the Dutch divisions; those of other countries come besides."""

    companies: int = 10
    practice: int = 1
    dossier: int = 1
    suspended: int = 1
    archived: int = 1
    blocked: int = 1
    access_token_seconds: int = 600
    refresh_not_before_seconds: int = 570
    used_refresh_token_seconds: int = 0
    """So long a refresh token works again while its successor was not used: unconfirmed, hence never."""
    token_calls_per_day: int = 200
    rate_limit_per_minute: int = 60
    rate_limit_per_day: int = 5000
    """Both per client and division; 0 switches a limit off."""
    errors_per_hour: int = 10
    """More answers 400, 401, 403 or 404 block the key; 0 switches the lock off."""


def read_settings(order: Fields, defaults: Settings) -> Settings:
    """A reset's settings: what is not given is as it was when the sandbox started, except that all of a given number of
    companies are in use unless `statuses` say otherwise. Raises InputError."""
    counted = common(order, defaults)
    statuses = order.nested("statuses")
    keeps = counted["companies"] == defaults.companies
    states = {name: statuses.whole(name, getattr(defaults, name) if keeps else 0) for name in STATES}
    numbers = {
        name: order.whole(name, getattr(defaults, name))
        for name in (
            "access_token_seconds", "refresh_not_before_seconds", "used_refresh_token_seconds",
            "token_calls_per_day", "rate_limit_per_minute", "rate_limit_per_day", "errors_per_hour",
        )
    }  # fmt: skip
    order.anything("rotate_refresh_tokens")  # they always do
    order.end()
    return Settings(**counted, **states, **numbers)
