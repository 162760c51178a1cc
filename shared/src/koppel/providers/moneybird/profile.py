"""Moneybird as data: login, tokens, limits. Sources: developer.moneybird.com, its OpenAPI document."""

from decimal import Decimal

from koppel.providers.profile import (
    ClientAuthentication,
    CodeFlow,
    CountedPer,
    CounterHeaders,
    Endpoints,
    GrantCovers,
    ProviderProfile,
    RateWindow,
    Region,
    ResetUnit,
    Rotation,
    Shares,
    TokenTiming,
)

REQUESTS = RateWindow(
    name="requests",
    calls=150,
    seconds=300,
    # One budget for all that leaves from one address: every office, every administration, every process.
    per=frozenset({CountedPer.SOURCE_ADDRESS}),
    counters=CounterHeaders(
        "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", ResetUnit.EPOCH_SECONDS
    ),
)

PROFILE = ProviderProfile(
    id="moneybird",
    name="Moneybird",
    grant_covers=GrantCovers.MANY_ADMINISTRATIONS,
    auth=CodeFlow(
        client_authentication=ClientAuthentication.BODY,
        pkce=False,
        # `settings` for projects and for the identity that holds the KvK number; all of it is read only.
        scopes=("sales_invoices", "documents", "settings"),
    ),
    regions=(
        Region(
            "nl",
            "Nederland",
            Endpoints(
                authorize_url="https://moneybird.com/oauth/authorize",
                token_url="https://moneybird.com/oauth/token",  # noqa: S106  # an address
                revocation_url="https://moneybird.com/oauth/revoke",
                api_base_url="https://moneybird.com/api/v2",
            ),
        ),
    ),
    # No answer tells an end. That a refresh token holds once is unconfirmed; taking it for so is the cautious reading.
    timing=TokenTiming(lifetime=None, rotation=Rotation.SINGLE_USE),
    windows=(REQUESTS,),
    # A company's KvK number is a call, and all offices' wizards share the window: 30 of 150. Eight are left for token calls,
    # in case they count: without a token nobody makes the others, so nothing keeps one waiting.
    shares=Shares(sync=Decimal("0.7"), discovery=Decimal("0.2"), logins=Decimal("0.05")),
    # No probes: one budget for all would be spent by one office's wizard. Its scopes and `suspended` tell what there is to tell.
)
