"""A company behind a login. Apart from the port, so that rules may know it without HTTP."""

from dataclasses import dataclass

from koppel.contracts.values import Sector


@dataclass(frozen=True, slots=True)
class Company:
    """An administration that discovery found, with what the package knows of its profile."""

    external_id: str
    name: str
    kvk_number: str | None = None
    vat_number: str | None = None
    sector: Sector | None = None
