"""The provider's world: its users, their companies, and the companies' books."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from koppel_sandbox.changes import Alteration, Altered
from koppel_sandbox.chunks import ChunkStore
from koppel_sandbox.instants import Clock, StrictlyIncreasing
from koppel_sandbox.packages.eaccounting.books.catalogue import KINDS, SETTINGS
from koppel_sandbox.packages.eaccounting.odata.collection import Collection
from koppel_sandbox.packages.eaccounting.settings import Settings
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
        self.time = StrictlyIncreasing(clock)
        self._companies = {
            company.id: company
            for company in (
                Company.of(settings.seed, number, settings.sizes) for number in range(settings.companies)
            )
        }
        self.users = _users(settings.seed, list(self._companies.values()))
        self._store = ChunkStore()
        self._collections: dict[tuple[str, str], Collection] = {}
        self._described: dict[str, dict[str, str | None]] = {}
        self._revision = 0

    def registered(self) -> list[Company]:
        return registered(self._companies.values(), gaps=self.settings.registry_gaps)

    @property
    def company_ids(self) -> list[str]:
        return list(self._companies)

    def collection(self, company_id: str, name: str) -> Collection:
        """Raises KeyError when the company or the collection does not exist."""
        key = (company_id, name)
        if key not in self._collections:
            self._collections[key] = Collection(KINDS[name], self._companies[company_id], self._store)
        return self._collections[key]

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

    def plan(self, company_id: str, name: str, *, change: int, add: int, remove: int) -> Alteration:
        """Picks the objects to touch, each at most once. Raises ValueError when there are too few."""
        collection = self.collection(company_id, name)
        if change + remove > len(collection):
            raise ValueError(f"{name} holds {len(collection)} objects, {change + remove} were asked for")
        revision = self._revision + 1
        chooser = random.Random(f"{self.settings.seed}/{company_id}/{name}/{revision}")  # noqa: S311
        picked = chooser.sample(collection.indexes, change + remove)
        instant = self.time.now() + 1
        changed, removed = sorted(picked[:change]), sorted(picked[change:])  # neighbours share a chunk
        return Alteration(company_id, name, changed, removed, add, instant, revision)

    def apply(self, plan: Alteration) -> Altered:
        collection = self.collection(plan.company_id, plan.collection)
        self._described.pop(plan.company_id, None)
        self._revision = plan.revision
        self.time.latest = max(self.time.latest, plan.first_instant - 1)
        instant = plan.first_instant
        changed = []
        for index in plan.changed:
            changed.append(collection.change(index, instant, plan.revision))
            instant += 1
        added = []
        for _ in range(plan.added):
            added.append(collection.add(instant))
            instant += 1
        removed = collection.remove(plan.removed) if plan.removed else []
        self.time.latest = max(self.time.latest, instant - 1)
        return Altered(changed, added, removed)
