"""Moneybird as data: login, tokens, limits. Sources: developer.moneybird.com, its OpenAPI document."""

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
    # No probes: one budget for all would be spent by one office's wizard. Its scopes and `suspended` tell what there is to tell.
    at_once=4,
)
