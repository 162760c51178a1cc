"""The provider's world: its users, their companies, and the companies' books."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from koppel_sandbox.books.books import Books
from koppel_sandbox.books.changes import Alteration, Altered
from koppel_sandbox.books.collection import Collection
from koppel_sandbox.instants import Clock
from koppel_sandbox.providers.eaccounting.books.catalogue import KINDS, SETTINGS, Kind
from koppel_sandbox.providers.eaccounting.settings import Settings
from koppel_sandbox.story.company import Company, registered
from koppel_sandbox.story.draw import guid


@dataclass(frozen=True, slots=True)
class User:
    id: str
    username: str
    password: str = field(repr=False)
    company_ids: tuple[str, ...]
    default_company_id: str | None = None


def _users(seed: int, companies: Sequence[Company]) -> dict[str, User]:
    ids = tuple(company.id for company in companies)
    users = (
        User(guid(f"{seed}/user/demo"), "demo", "demo", ids),
        User(guid(f"{seed}/user/anna"), "anna", "anna", ids[:2]),
        User(guid(f"{seed}/user/bram"), "bram", "bram", ids[:3], ids[min(1, len(ids) - 1)]),
    )
    return {user.username: user for user in users}


class World:
    """Everything that a reset makes anew, except logins."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self._companies = {
            company.id: company
            for company in (
                Company.of(settings.seed, number, settings.sizes) for number in range(settings.companies)
            )
        }
        self.users = _users(settings.seed, list(self._companies.values()))
        self.books = Books(settings.seed, self._companies, KINDS, clock)
        self.time = self.books.time
        self._described: dict[str, dict[str, str | None]] = {}

    def registered(self) -> list[Company]:
        return registered(self._companies.values(), gaps=self.settings.registry_gaps)

    @property
    def company_ids(self) -> list[str]:
        return list(self._companies)

    def collection(self, company_id: str, name: str) -> Collection[Kind]:
        """Raises KeyError when the company or the collection does not exist."""
        return self.books.collection(company_id, name)

    def has_company(self, company_id: str) -> bool:
        return company_id in self._companies

    def describe(self, company_id: str) -> dict[str, str | None]:
        """Id, name and KvK number of a company as its settings tell them now."""
        if company_id not in self._described:
            body = self.collection(company_id, SETTINGS).body(0)
            number = body["CorporateIdentityNumber"]
            self._described[company_id] = {
                "id": company_id,
                "name": str(body["Name"]),
                "corporate_identity_number": None if number is None else str(number),
            }
        return self._described[company_id]

    def year_of(self, company_id: str, fiscal_year_id: str) -> int | None:
        return self.collection(company_id, "fiscalyears").find(fiscal_year_id)

    def apply(self, plan: Alteration) -> Altered:
        self._described.pop(plan.company_id, None)
        return self.books.apply(plan)
