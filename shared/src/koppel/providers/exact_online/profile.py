"""Exact Online as data. What is not confirmed is set to the cautious value: docs/providers/exact_online.md lists it."""

from datetime import timedelta
from decimal import Decimal

from koppel.providers.profile import (
    ClientAuthentication,
    CodeFlow,
    CountedPer,
    CounterHeaders,
    Endpoints,
    GrantCovers,
    Probe,
    ProviderProfile,
    RateWindow,
    Region,
    ResetUnit,
    Rotation,
    Shares,
    TokenTiming,
)

_HOSTS = {
    "nl": ("Nederland", "start.exactonline.nl"),
    "be": ("België", "start.exactonline.be"),
    "de": ("Deutschland", "start.exactonline.de"),
    "fr": ("France", "start.exactonline.fr"),
    "es": ("España", "start.exactonline.es"),
    "uk": ("United Kingdom", "start.exactonline.co.uk"),
    "us": ("United States", "start.exactonline.com"),
}
"""A country's host. Client registration, tokens and divisions do not carry over to another."""


def _region(region_id: str, name: str, host: str) -> Region:
    endpoints = Endpoints(
        authorize_url=f"https://{host}/api/oauth2/auth",
        token_url=f"https://{host}/api/oauth2/token",
        revocation_url=None,  # the person withdraws it in the provider's own security centre
        api_base_url=f"https://{host}/api/v1",
    )
    return Region(region_id, name, endpoints)


def _counters(prefix: str) -> CounterHeaders:
    return CounterHeaders(
        f"{prefix}Limit", f"{prefix}Remaining", f"{prefix}Reset", ResetUnit.EPOCH_MILLISECONDS
    )


_PER_COMPANY = frozenset({CountedPer.CLIENT, CountedPer.COMPANY})

API_WINDOWS = (
    RateWindow(
        name="minute",
        calls=60,
        seconds=60,
        per=_PER_COMPANY,
        counters=_counters("X-RateLimit-Minutely-"),
    ),
    RateWindow(
        name="day",
        calls=5_000,
        seconds=86_400,
        per=_PER_COMPANY,
        counters=_counters("X-RateLimit-"),
        daily_utc=True,
    ),
)

_TOKEN_CALLS = RateWindow(
    name="token_calls",
    calls=200,
    seconds=86_400,
    per=frozenset({CountedPer.CLIENT, CountedPer.LOGIN}),
    kind="token",
)
"""Whether a refusal that came too early counts too is not known: every token call does here."""

_ERRORS = RateWindow(
    name="errors",
    calls=5,
    seconds=3_600,
    per=frozenset({CountedPer.CLIENT, CountedPer.LOGIN, CountedPer.COMPANY, CountedPer.ENDPOINT}),
    kind="errors",
)
"""Above ten answers 400, 401, 403 or 404 in an hour the key is blocked; Koppel stops at half of them."""

TIMING = TokenTiming(
    lifetime=timedelta(seconds=600),
    refresh_not_before=timedelta(seconds=575),  # refused below 570; an answer's date has whole seconds
    margin=timedelta(seconds=25),
    rotation=Rotation.SINGLE_USE,
    idle_death=timedelta(days=30),
    one_chain_per_login=True,
    retry_lost_answer=True,
)

PROFILE = ProviderProfile(
    id="exact_online",
    name="Exact Online",
    grant_covers=GrantCovers.MANY_ADMINISTRATIONS,
    auth=CodeFlow(client_authentication=ClientAuthentication.BODY, pkce=False),
    regions=tuple(_region(region_id, name, host) for region_id, (name, host) in _HOSTS.items()),
    timing=TIMING,
    windows=(*API_WINDOWS, _TOKEN_CALLS, _ERRORS),
    # A login that renews another is asked for its divisions, page by page: six of one division's sixty calls a minute.
    shares=Shares(sync=Decimal("0.8"), discovery=Decimal("0.1"), logins=Decimal("0.1")),
    at_once=1,
    epochs=True,
    probes=(
        Probe("FinancialPeriods", never_empty=True),
        Probe("GLAccounts", never_empty=True),
        Probe("SalesEntries"),
        Probe("PurchaseEntries"),
    ),
)
