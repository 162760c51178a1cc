"""The accounting packages that can be connected."""

from collections.abc import Mapping
from types import MappingProxyType

from koppel.kernel.errors import InvalidInput
from koppel.providers.eaccounting.provider import EACCOUNTING
from koppel.providers.exact_online.provider import EXACT_ONLINE
from koppel.providers.moneybird.provider import MONEYBIRD
from koppel.providers.port import Provider
from koppel.providers.snelstart.provider import SNELSTART

PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {one.profile.id: one for one in (EACCOUNTING, EXACT_ONLINE, MONEYBIRD, SNELSTART)}
)
PROFILES = tuple(one.profile for one in PROVIDERS.values())
AT_ONCE: Mapping[str, int] = MappingProxyType(
    {each.id: each.at_once for each in PROFILES if each.at_once is not None}
)
"""How many calls of a company each of them takes at the same time, where it bounds them."""


def provider(provider_id: str) -> Provider:
    """The provider of that id. Raises `InvalidInput` with code `unknown_provider`."""
    found = PROVIDERS.get(provider_id)
    if found is None:
        raise InvalidInput(
            "unknown_provider", f"There is no such provider; known are: {', '.join(PROVIDERS)}."
        )
    return found
