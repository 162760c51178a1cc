"""How an installation reaches its providers: one map of variables, `KOPPEL_PROVIDERS_<ID>_…`, read by the profiles.

A provider is on when it has credentials. Whatever is unknown, missing or contradictory ends the start with a line that
names the variable; no line holds a value.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from koppel.kernel.errors import ConfigurationError
from koppel.providers.limits import lowered, shares_of
from koppel.providers.profile import CodeFlow, Endpoints, KeyFlow, ProviderProfile, RateWindow, Region, Shares
from koppel.providers.tokens import ClientCredentials
from koppel.providers.variables import Variables, http_url, origin, truth

T = TypeVar("T")

PREFIX = "KOPPEL_PROVIDERS_"

_ADDRESSES = ("AUTHORIZE_URL", "TOKEN_URL", "REVOCATION_URL", "API_BASE_URL")
_OF_ALL = frozenset({"ENABLED", "LIMITS", "SHARES"})
"""Settings of every provider that say nothing of credentials."""
PER_REGION = ("CLIENT_ID", "CLIENT_SECRET", "ISSUER", *_ADDRESSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredRegion:
    """A region that can be logged in at. `issuer` is what a callback's `iss` must be (RFC 9207)."""

    id: str
    name: str
    credentials: ClientCredentials
    endpoints: Endpoints
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredProvider:
    """A provider that is on. `regions` has at least one entry, the first is the default.

    `headers` go with every call of the API; `windows` are the profile's, or what the installation set lower; `shares`
    the profile's, or the installation's.
    """

    profile: ProviderProfile
    regions: Mapping[str, ConfiguredRegion]
    windows: tuple[RateWindow, ...]
    shares: Shares
    headers: Mapping[str, str] = field(repr=False)

    @property
    def default_region(self) -> ConfiguredRegion:
        return next(iter(self.regions.values()))


def configured_providers(
    profiles: Iterable[ProviderProfile], variables: Mapping[str, str]
) -> dict[str, ConfiguredProvider]:
    """The providers that are on, by id, in the order of the profiles.

    `variables` by their names without `KOPPEL_PROVIDERS_`; what stood in a file is in them as text.
    Raises `ConfigurationError` with a line for each mistake.
    """
    known = list(profiles)
    mistakes = [f"{PREFIX}{name} is not valid: {_unknown(name, known)}" for name in _strays(known, variables)]
    found: dict[str, ConfiguredProvider] = {}
    for profile in known:
        own = _own(profile, variables)
        provider = _configured(profile, own)
        mistakes += own.mistakes
        if provider is not None:
            found[profile.id] = provider
    if mistakes:
        raise ConfigurationError(mistakes)
    return found


def configured_windows(
    profiles: Iterable[ProviderProfile], variables: Mapping[str, str]
) -> dict[str, tuple[RateWindow, ...]]:
    """Each provider's windows, for services that hold no credentials: of the variables only `…_LIMITS` is read."""
    return _of_each(profiles, variables, _windows)


def configured_shares(profiles: Iterable[ProviderProfile], variables: Mapping[str, str]) -> dict[str, Shares]:
    """How each provider's windows are shared, likewise of `…_SHARES` alone."""
    return _of_each(profiles, variables, _shares)


def _of_each(
    profiles: Iterable[ProviderProfile],
    variables: Mapping[str, str],
    read: Callable[[ProviderProfile, Variables], T],
) -> dict[str, T]:
    mistakes: list[str] = []
    found: dict[str, T] = {}
    for profile in profiles:
        own = _own(profile, variables)
        found[profile.id] = read(profile, own)
        mistakes += own.mistakes
    if mistakes:
        raise ConfigurationError(mistakes)
    return found


def _own(profile: ProviderProfile, variables: Mapping[str, str]) -> Variables:
    known = _settings_of(profile)
    mine = {name: value for name, value in variables.items() if name in known}
    return Variables(PREFIX, _variable(profile), mine)


def _variable(profile: ProviderProfile) -> str:
    return f"{profile.id.upper()}_"


def _strays(profiles: list[ProviderProfile], variables: Mapping[str, str]) -> list[str]:
    """Variables that no provider knows."""
    known = {name for profile in profiles for name in _settings_of(profile)}
    return sorted(name for name in variables if name not in known)


def _unknown(name: str, profiles: list[ProviderProfile]) -> str:
    # The longest that fits: one provider's id may begin another's.
    fitting = [one for one in profiles if name.startswith(_variable(one))]
    whose = max(fitting, key=lambda one: len(one.id), default=None)
    if whose is None:
        return f"no provider begins so; known are {', '.join(one.id.upper() for one in profiles)}."
    settings = sorted(one.removeprefix(_variable(whose)) for one in _settings_of(whose))
    return f"{whose.id} has no such setting; it has {', '.join(settings)}."


def _settings_of(profile: ProviderProfile) -> set[str]:
    names = {*_OF_ALL, *_settings_of_a_region(profile)}
    names |= {setting.upper() for setting in profile.headers.values()}
    for region in profile.regions[1:]:
        names |= {_of_region(region, name) for name in _settings_of_a_region(profile)}
    return {_variable(profile) + name for name in names}


def _settings_of_a_region(profile: ProviderProfile) -> set[str]:
    if isinstance(profile.auth, KeyFlow):
        return {"CLIENT_ID", "AUTHORIZE_URL", "TOKEN_URL", "API_BASE_URL"}
    return set(PER_REGION)


def _of_region(region: Region, name: str) -> str:
    return f"REGIONS_{region.id.upper()}_{name}"


def _configured(profile: ProviderProfile, own: Variables) -> ConfiguredProvider | None:
    """The provider, unless it is off or something is wrong, which is then among the mistakes."""
    enabled = own.read("ENABLED", truth)
    if enabled is False or (enabled is None and not own.names - _OF_ALL):
        return None
    windows, shares = _windows(profile, own), _shares(profile, own)
    regions = [_region(profile, region, own, first=not i) for i, region in enumerate(profile.regions)]
    headers = {header: own.required(setting.upper()) for header, setting in profile.headers.items()}
    if own.mistakes:
        return None
    return ConfiguredProvider(
        profile=profile,
        regions={region.id: region for region in regions if region is not None},
        windows=windows,
        shares=shares,
        headers=headers,
    )


def _windows(profile: ProviderProfile, own: Variables) -> tuple[RateWindow, ...]:
    set_lower = own.read("LIMITS", lambda text: lowered(profile.windows, text))
    return profile.windows if set_lower is None else set_lower


def _shares(profile: ProviderProfile, own: Variables) -> Shares:
    return own.read("SHARES", shares_of) or profile.shares


def _region(
    profile: ProviderProfile, region: Region, own: Variables, *, first: bool
) -> ConfiguredRegion | None:
    """Another region than the first is on when it has a client of its own: registrations do not carry over."""
    place = "" if first else _of_region(region, "")
    if not first and not any(name.startswith(place) for name in own.names):
        return None
    endpoints = _endpoints(region.endpoints, own, place)
    return ConfiguredRegion(
        id=region.id,
        name=region.name,
        credentials=_credentials(profile, own, place),
        endpoints=endpoints,
        issuer=own.read(f"{place}ISSUER", str) or _issuer(profile, endpoints),
    )


def _issuer(profile: ProviderProfile, endpoints: Endpoints) -> str:
    """Empty where nobody comes back from a login."""
    return origin(endpoints.authorize_url) if isinstance(profile.auth, CodeFlow) else ""


def _credentials(profile: ProviderProfile, own: Variables, place: str) -> ClientCredentials:
    match profile.auth:
        case CodeFlow():
            return ClientCredentials(own.required(f"{place}CLIENT_ID"), own.required(f"{place}CLIENT_SECRET"))
        case KeyFlow():  # the id stands in the address of the page that makes keys
            return ClientCredentials(own.read(f"{place}CLIENT_ID", str) or "", "")


def _endpoints(default: Endpoints, own: Variables, place: str) -> Endpoints:
    authorize, token, revocation, api = (own.read(f"{place}{name}", http_url) for name in _ADDRESSES)
    return Endpoints(
        authorize_url=authorize or default.authorize_url,
        token_url=token or default.token_url,
        revocation_url=revocation or default.revocation_url,
        api_base_url=api or default.api_base_url,
    )
