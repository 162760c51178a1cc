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


def provider(provider_id: str) -> Provider:
    """The provider of that id. Raises `InvalidInput` with code `unknown_provider`."""
    found = PROVIDERS.get(provider_id)
    if found is None:
        raise InvalidInput(
            "unknown_provider", f"There is no such provider; known are: {', '.join(PROVIDERS)}."
        )
    return found
