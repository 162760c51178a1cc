"""What can be set about the sandbox, at start and by `POST /_sandbox/reset`."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

CALLBACK_PATH = "/v1/oauth/eaccounting/callback"
"""Any http redirect to this path on a loopback address is accepted next to the registered ones."""


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


@dataclass(frozen=True, slots=True)
class Settings:
    seed: int = 1
    companies: int = 5
    sizes: Sizes = Sizes()
    clients: tuple[Client, ...] = (Client(),)
    rotate_refresh_tokens: bool = True
    access_token_seconds: int = 3600
    rate_limit_per_minute: int = 600
    """Per client and endpoint, all companies together; 0 switches the limit off."""

    def client(self, client_id: str) -> Client | None:
        return next((each for each in self.clients if each.client_id == client_id), None)

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "Settings":
        """The inverse of `as_json`; the document is one that the sandbox wrote itself."""
        known = {name: value for name, value in document.items() if name not in {"sizes", "clients"}}
        return replace(
            cls(),
            **known,
            sizes=Sizes(**document["sizes"]),
            clients=tuple(
                Client(each["client_id"], each["client_secret"], tuple(each["redirect_uris"]))
                for each in document["clients"]
            ),
        )
