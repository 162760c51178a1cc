"""What every provider can be told at start and by `POST /_sandbox/reset`."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Sizes:
    """Objects per company; `accounts` is per fiscal year."""

    fiscalyears: int = 2
    accounts: int = 80
    customers: int = 120
    suppliers: int = 40
    vatcodes: int = 8
    costcenters: int = 3
    projects: int = 6
    customerinvoices: int = 150
    supplierinvoices: int = 60
    vouchers: int = 200

    @classmethod
    def names(cls) -> list[str]:
        return [each.name for each in fields(cls)]


@dataclass(frozen=True, slots=True)
class Client:
    """An application registered with the provider."""

    client_id: str = "koppel-local"
    client_secret: str = field(default="koppel-local-secret", repr=False)
    redirect_uris: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonSettings:
    """The story's seed and sizes, and who may ask. A provider's own settings extend it."""

    seed: int = 1
    companies: int = 5
    sizes: Sizes = Sizes()
    clients: tuple[Client, ...] = (Client(),)
    registry_gaps: int = 0
    """So many of the companies that have a KvK number are unknown to the trade register."""

    def client(self, client_id: str) -> Client | None:
        return next((each for each in self.clients if each.client_id == client_id), None)

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def without_secrets(self) -> dict[str, object]:
        return self.as_json() | {"clients": [client.client_id for client in self.clients]}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """The inverse of `as_json`; the document is one that the sandbox wrote itself."""
        known = {name: value for name, value in document.items() if name not in {"sizes", "clients"}}
        return cls(
            **known,
            sizes=Sizes(**document["sizes"]),
            clients=tuple(
                Client(each["client_id"], each["client_secret"], tuple(each["redirect_uris"]))
                for each in document["clients"]
            ),
        )
