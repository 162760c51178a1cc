"""What a reset can ask of every provider, read from its body."""

from dataclasses import asdict
from typing import TypedDict

from koppel_sandbox.control.fields import Fields, InputError
from koppel_sandbox.settings import Client, CommonSettings, Sizes

MOST_OBJECTS = 1_000_000
_MOST_COMPANIES = 20_000


class Common(TypedDict):
    seed: int
    companies: int
    sizes: Sizes
    clients: tuple[Client, ...]
    registry_gaps: int


def common(order: Fields, defaults: CommonSettings, *, knows_all_sizes: bool = False) -> Common:
    """Seed, companies, sizes, clients and gaps. A size that is not known is named by a provider that knows all, ignored by the
    others. Raises InputError."""
    return {
        "seed": order.whole("seed", defaults.seed),
        "companies": order.whole("companies", defaults.companies, low=1, high=_MOST_COMPANIES),
        "sizes": _sizes(order.nested("sizes"), defaults.sizes, knows_all=knows_all_sizes),
        "clients": _clients(order.items("clients"), defaults.clients),
        "registry_gaps": order.whole("registry_gaps", defaults.registry_gaps),
    }


def _sizes(order: Fields, defaults: Sizes, *, knows_all: bool) -> Sizes:
    given = {
        name: order.whole(name, default, high=20 if name == "fiscalyears" else MOST_OBJECTS)
        for name, default in asdict(defaults).items()
    }
    if knows_all:
        order.end()
    if given["accounts"] and not given["fiscalyears"]:
        raise InputError("sizes.accounts need sizes.fiscalyears of 1 or more")
    for invoices, party in (("customerinvoices", "customers"), ("supplierinvoices", "suppliers")):
        if given[invoices] and not given[party]:
            raise InputError(f"sizes.{invoices} need sizes.{party} of 1 or more")
    return Sizes(**given)


def _clients(given: list[object] | None, defaults: tuple[Client, ...]) -> tuple[Client, ...]:
    if given is None:
        return defaults
    clients = []
    for each in given:
        fields = Fields(each, "clients")
        uris = fields.items("redirect_uris") or []
        if not all(isinstance(uri, str) for uri in uris):
            raise InputError("redirect_uris must be a list of texts")
        client = Client(
            fields.text("client_id", "") or _required("client_id"),
            fields.text("client_secret", "") or _required("client_secret"),
            tuple(map(str, uris)),
        )
        fields.end()
        clients.append(client)
    if not clients:
        raise InputError("clients must hold one or more")
    return tuple(clients)


def _required(name: str) -> str:
    raise InputError(f"{name} is required")
