"""SnelStart's world: its users, their administrations, and the books of those."""

from koppel_sandbox.books.books import Books
from koppel_sandbox.books.changes import Alteration, Altered
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import Clock
from koppel_sandbox.providers.snelstart.books.catalogue import INACTIVE, KINDS
from koppel_sandbox.providers.snelstart.books.company import COMPANY_INFO
from koppel_sandbox.providers.snelstart.settings import Settings
from koppel_sandbox.story.company import Company, registered
from koppel_sandbox.users import User


class World:
    """Everything that a reset makes anew, except keys."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        told = (Company.of(settings.seed, number, settings.sizes) for number in range(settings.companies))
        self.companies = {company.guid(COMPANY_INFO, 0): company for company in told}
        self.books = Books(settings.seed, self.companies, KINDS, clock)
        ids = tuple(self.companies)
        reached = (("demo", None), ("anna", 2), ("bram", 3))
        self.users = {name: User(name, name, ids[:last]) for name, last in reached}

    def registered(self) -> list[Company]:
        return registered(self.companies.values(), gaps=self.settings.registry_gaps)

    def describe(self, company_id: str) -> dict[str, str | None]:
        """Id, name and KvK number as the administration tells them now."""
        body = self.books.collection(company_id, COMPANY_INFO).body(0)
        number = body["kvKNummer"]
        return {
            "id": company_id,
            "name": str(body["administratieNaam"]),
            "corporate_identity_number": str(number) if number else None,
        }

    def apply(self, plan: Alteration) -> Altered:
        """Where objects end by a flag they stay in the list, changed."""
        if not KINDS[plan.collection].is_flagged:
            return self.books.apply(plan)
        kept = Alteration(
            plan.company_id, plan.collection, plan.changed, [], plan.added, plan.first_instant, plan.revision
        )
        done = self.books.apply(kept)
        held = self.books.collection(plan.company_id, plan.collection)
        removed = []
        for index in plan.removed:
            body: JsonObject = {**held.body(index), INACTIVE: True}
            removed.append(held.put(index, body, self.books.time.tick()))
        return Altered(done.changed, done.added, removed)
