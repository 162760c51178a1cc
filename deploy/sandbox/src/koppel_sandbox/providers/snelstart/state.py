"""SnelStart's state as a whole: its world, keys and limits."""

from koppel_sandbox.books.changes import Alteration, Altered
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.snelstart.keys import Keys
from koppel_sandbox.providers.snelstart.rate_limit import Budgets
from koppel_sandbox.providers.snelstart.settings import Settings
from koppel_sandbox.providers.snelstart.world import World
from koppel_sandbox.state import KeptState


class State(KeptState[Settings]):
    """Every administration begins with a key made by hand."""

    def _renew(self, settings: Settings) -> None:
        self.world = World(settings, self.clock)
        self.keys = Keys(settings, self.clock, self._journal.record)
        self.budgets = Budgets(settings.rate_limit_per_minute, self.clock)
        for company_id in self.world.companies:
            self.keys.replay("key", {"company": company_id, "generation": 1})

    def _apply(self, plan: Alteration) -> Altered:
        return self.world.apply(plan)

    def _replay(self, kind: str, facts: JsonObject) -> None:
        self.keys.replay(kind, facts)
