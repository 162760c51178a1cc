"""SnelStart as data: its keys, tokens, limits. Sources: the B2B API's OpenAPI document and its portal's pages."""

from datetime import timedelta

from koppel.providers.profile import (
    Activation,
    CountedPer,
    Endpoints,
    GrantCovers,
    KeyField,
    KeyFlow,
    Probe,
    ProviderProfile,
    RateWindow,
    Region,
    Rotation,
    TokenTiming,
)

SUBSCRIPTION_HEADER = "Ocp-Apim-Subscription-Key"
LONGEST_KEY = 2048
"""Characters; a key is some 700."""
LONGEST_REFERENCE = 500
"""Characters."""

_COMPANY = frozenset({CountedPer.COMPANY})

PROFILE = ProviderProfile(
    id="snelstart",
    name="SnelStart",
    grant_covers=GrantCovers.ONE_ADMINISTRATION,
    auth=KeyFlow(
        fields=(KeyField("key", "Koppelsleutel", secret=True, longest=LONGEST_KEY),),
        activation=Activation(
            "https://web.snelstart.nl/couplings/activate/{client_id}"
            "?referenceKey={reference}&successUrl={return_url}",
            longest_reference=LONGEST_REFERENCE,
        ),
    ),
    regions=(
        Region(
            "nl",
            "Nederland",
            Endpoints(
                authorize_url="",
                token_url="https://auth.snelstart.nl/b2b/token",  # noqa: S106  # an address
                revocation_url=None,
                api_base_url="https://b2bapi.snelstart.nl/v2",
            ),
        ),
    ),
    timing=TokenTiming(lifetime=timedelta(seconds=3599), rotation=Rotation.MINTED),
    windows=(
        RateWindow(name="minute", calls=500, seconds=60, per=_COMPANY),
        RateWindow(name="hour", calls=5000, seconds=3600, per=_COMPANY),
    ),
    at_once=5,
    probes=(
        Probe("dagboeken", never_empty=True),
        Probe("grootboeken", never_empty=True),
        Probe("verkoopfacturen"),
        Probe("inkoopfacturen"),
    ),
    headers={SUBSCRIPTION_HEADER: "subscription_key"},
)
