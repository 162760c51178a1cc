"""Moneybird's world: its users, the administrations that they reach, and the books of those."""

import orjson

from koppel_sandbox.books.books import Books
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import Clock
from koppel_sandbox.providers.moneybird.books.catalogue import KINDS
from koppel_sandbox.providers.moneybird.books.company import ADMINISTRATIONS, IDENTITIES
from koppel_sandbox.providers.moneybird.books.values import administration_id
from koppel_sandbox.providers.moneybird.settings import Settings
from koppel_sandbox.story.company import Company, registered
from koppel_sandbox.users import User


class World:
    """Everything that a reset makes anew, except logins."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        told = (Company.of(settings.seed, number, settings.sizes) for number in range(settings.companies))
        self.companies = {administration_id(company): company for company in told}
        self.books = Books(settings.seed, self.companies, KINDS, clock)
        ids = tuple(self.companies)
        self.users = {
            name: User(name, name, ids[:reached])
            for name, reached in (("demo", None), ("anna", 2), ("bram", 3))
        }
        self.suspended = frozenset(ids[len(ids) - settings.suspended :] if settings.suspended else ())

    def registered(self) -> list[Company]:
        return registered(self.companies.values(), gaps=self.settings.registry_gaps)

    def administration(self, company_id: str) -> JsonObject | None:
        """As the list of administrations shows it; None when it has vanished."""
        held = self.books.collection(company_id, ADMINISTRATIONS)
        if not held.indexes:
            return None
        return {**held.body(held.indexes[0]), "suspended": company_id in self.suspended}

    def reached_by(self, username: str) -> list[JsonObject]:
        """What a user may read, vanished administrations left out."""
        user = self.users.get(username)
        found = map(self.administration, user.company_ids) if user else ()
        return [each for each in found if each is not None]

    def describe(self, company_id: str) -> JsonObject:
        """One company, for the settings call."""
        shown = self.administration(company_id)
        identity = orjson.loads(self.books.collection(company_id, IDENTITIES).one(0))
        status = "suspended" if company_id in self.suspended else "active"
        return {
            "id": company_id,
            "name": shown["name"] if shown else identity["company_name"],
            "corporate_identity_number": identity["chamber_of_commerce"],
            "status": status if shown else "removed",
        }
