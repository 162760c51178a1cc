"""A company behind a login. Apart from the port, so that rules may know it without HTTP."""

from dataclasses import dataclass
from enum import StrEnum

from koppel.contracts.values import Sector


class CompanyStatus(StrEnum):
    """Whether the provider lets its books be read: only those of an active one can be."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"


class CompanyKind(StrEnum):
    """`PRACTICE` is the accountancy office's own administration, `DOSSIER` a client's file without books."""

    BOOKS = "books"
    PRACTICE = "practice"
    DOSSIER = "dossier"


@dataclass(frozen=True, slots=True)
class Company:
    """An administration that discovery found, with what the provider knows of its profile.

    `epoch` is None, or text that changes when all cursors of the company became worthless: it is read whole then.
    """

    external_id: str
    name: str
    kvk_number: str | None = None
    vat_number: str | None = None
    sector: Sector | None = None
    status: CompanyStatus = CompanyStatus.ACTIVE
    kind: CompanyKind = CompanyKind.BOOKS
    epoch: str | None = None
