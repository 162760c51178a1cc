"""What can be set about Moneybird's sandbox."""

from dataclasses import dataclass

from koppel_sandbox.control.fields import Fields
from koppel_sandbox.control.reset import common
from koppel_sandbox.settings import CommonSettings

WINDOW_MINUTES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    rotate_refresh_tokens: bool = True
    access_token_seconds: int = 7200
    """No answer tells it."""
    rate_limit_per_minute: int = 30
    """Counted over five minutes by source address, all administrations together; 0 switches the limit off."""
    suspended: int = 0
    """So many administrations, the last ones, are suspended."""

    @property
    def calls_in_a_window(self) -> int:
        return self.rate_limit_per_minute * WINDOW_MINUTES


def read_settings(order: Fields, defaults: Settings) -> Settings:
    """A reset's settings: what is not given is as it was when the sandbox started. Raises InputError."""
    statuses = order.nested("statuses")
    settings = Settings(
        **common(order, defaults),
        rotate_refresh_tokens=order.flag("rotate_refresh_tokens", defaults.rotate_refresh_tokens),
        access_token_seconds=order.whole("access_token_seconds", defaults.access_token_seconds, low=1),
        rate_limit_per_minute=order.whole("rate_limit_per_minute", defaults.rate_limit_per_minute),
        suspended=statuses.whole("suspended", defaults.suspended),
    )
    order.end()
    return settings
