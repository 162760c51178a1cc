"""Exact's addresses: a country, then the login's, or the API's with a division's number."""

from typing import NamedTuple

from koppel_sandbox.providers.exact_online.world import REGIONS

AUTHORIZE, TOKEN = "/api/oauth2/auth", "/api/oauth2/token"
API = "/api/v1/"
ME = "current/me"


class Address(NamedTuple):
    """`region` is `nl` unless the path begins with another; `prefix` is what the path wrote of it."""

    region: str
    prefix: str
    rest: str

    @property
    def is_api(self) -> bool:
        return self.rest.startswith(API)

    @property
    def resource(self) -> str:
        """What of the API is asked, in lower case and without the division."""
        inner = self.rest.removeprefix(API).strip("/").lower()
        return inner if self.division is None else inner.partition("/")[2]

    @property
    def division(self) -> str | None:
        """The number that an address of the API begins with."""
        first = self.rest.removeprefix(API).partition("/")[0] if self.is_api else ""
        return first if first.isascii() and first.isdigit() else None

    @property
    def is_of_division(self) -> bool:
        """Whether a division's own books are asked: the lists of divisions belong to none."""
        return self.division is not None and not self.resource.endswith("/divisions")


def address_of(path: str) -> Address:
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    if first in REGIONS:
        return Address(first, f"/{first}", path.removeprefix(f"/{first}"))
    return Address(REGIONS[0], "", path)
