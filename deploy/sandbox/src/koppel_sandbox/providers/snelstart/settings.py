"""What can be set about SnelStart's sandbox."""

from dataclasses import dataclass, field

from koppel_sandbox.control.fields import Fields, InputError
from koppel_sandbox.control.reset import common
from koppel_sandbox.settings import CommonSettings

NOTICES = ("before", "after", "never")
HOUR_OF_MINUTES = 10
"""The window of an hour allows ten times what the window of a minute does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CommonSettings):
    access_token_seconds: int = 3599
    rate_limit_per_minute: int = 500
    """For each administration, and ten times as many in an hour; 0 switches both limits off."""
    subscription_key: str = field(default="koppel-local-secret", repr=False)
    """What every call must carry besides a token."""
    notice_url: str | None = None
    """Where notices of keys go; None: nowhere."""
    notices: str = "before"
    """Whether the notice of an activation comes before the browser is sent back, after it, or never."""

    def without_secrets(self) -> dict[str, object]:
        told = CommonSettings.without_secrets(self)
        return {name: value for name, value in told.items() if name != "subscription_key"}


def read_settings(order: Fields, defaults: Settings) -> Settings:
    """A reset's settings: what is not given is as it was when the sandbox started. Raises InputError."""
    settings = Settings(
        **common(order, defaults),
        access_token_seconds=order.whole("access_token_seconds", defaults.access_token_seconds, low=1),
        rate_limit_per_minute=order.whole("rate_limit_per_minute", defaults.rate_limit_per_minute),
        subscription_key=order.text("subscription_key", defaults.subscription_key),
        notice_url=order.text("notice_url", defaults.notice_url),
        notices=order.text("notices", defaults.notices),
    )
    if settings.notices not in NOTICES:
        raise InputError(f"notices must be one of {', '.join(NOTICES)}")
    if settings.notice_url and not settings.notice_url.startswith(("http://", "https://")):
        raise InputError("notice_url must be a web address")
    order.anything("statuses")  # every company of this provider is in use
    order.anything("rotate_refresh_tokens")  # there are none
    order.end()
    return settings
