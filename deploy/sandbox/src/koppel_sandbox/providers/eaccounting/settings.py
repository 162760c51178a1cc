"""What can be set about eAccounting's sandbox."""

from dataclasses import dataclass

from koppel_sandbox.control.fields import Fields
from koppel_sandbox.control.reset import common
from koppel_sandbox.settings import CommonSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    rotate_refresh_tokens: bool = True
    access_token_seconds: int = 3600
    rate_limit_per_minute: int = 600
    """Per client and endpoint, all companies together; 0 switches the limit off."""


def read_settings(order: Fields, defaults: Settings) -> Settings:
    """A reset's settings: what is not given is as it was when the sandbox started. Raises InputError."""
    settings = Settings(
        **common(order, defaults, knows_all_sizes=True),
        rotate_refresh_tokens=order.flag("rotate_refresh_tokens", defaults.rotate_refresh_tokens),
        access_token_seconds=order.whole("access_token_seconds", defaults.access_token_seconds, low=1),
        rate_limit_per_minute=order.whole("rate_limit_per_minute", defaults.rate_limit_per_minute),
    )
    order.anything("statuses")  # every company of this provider is in use
    order.end()
    return settings
