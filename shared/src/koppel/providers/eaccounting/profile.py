"""eAccounting as data. Sources: developer.vismaonline.com (authentication, rate limits)."""

from datetime import timedelta

from koppel.providers.profile import (
    ClientAuthentication,
    CodeFlow,
    CountedPer,
    Endpoints,
    GrantCovers,
    Probe,
    ProviderProfile,
    RateWindow,
    Region,
    TokenTiming,
)

PROFILE = ProviderProfile(
    id="eaccounting",
    name="Visma eAccounting",
    grant_covers=GrantCovers.ONE_ADMINISTRATION,
    auth=CodeFlow(
        client_authentication=ClientAuthentication.BASIC,
        pkce=True,
        scopes=(
            "ea:api",
            "offline_access",
            "ea:sales_readonly",
            "ea:accounting_readonly",
            "ea:purchase_readonly",
        ),
        parameters={
            # Limits the company selector to companies that have eAccounting, and always shows it.
            "acr_values": "service:44643EB1-3F76-4C1C-A672-402AE8085934",
            "prompt": "select_account",
        },
    ),
    regions=(
        Region(
            "nl",
            "Nederland",
            Endpoints(
                authorize_url="https://identity.vismaonline.com/connect/authorize",
                token_url="https://identity.vismaonline.com/connect/token",  # noqa: S106  # an address
                revocation_url="https://identity.vismaonline.com/connect/revocation",
                api_base_url="https://eaccountingapi.vismaonline.com/v2",
            ),
        ),
    ),
    timing=TokenTiming(lifetime=timedelta(hours=1)),
    windows=(
        RateWindow(
            name="minute", calls=600, seconds=60, per=frozenset({CountedPer.CLIENT, CountedPer.ENDPOINT})
        ),
    ),
    probes=(
        Probe("fiscalyears", never_empty=True),
        Probe("accounts", never_empty=True),
        Probe("customerinvoices"),
        Probe("supplierinvoices"),
    ),
)
"""Visma eAccounting, API v2: one login covers one company."""
