"""SnelStart's state as a whole: its world, keys and limits, and how a reset renews them."""

from koppel_sandbox.books.changes import Alteration, Altered
from koppel_sandbox.instants import Clock
from koppel_sandbox.journal import Journal
from koppel_sandbox.providers.snelstart.keys import Keys
from koppel_sandbox.providers.snelstart.rate_limit import Budgets
from koppel_sandbox.providers.snelstart.settings import Settings
from koppel_sandbox.providers.snelstart.world import World


class State:
    """Every administration begins with a key made by hand."""

    def __init__(self, settings: Settings, clock: Clock, journal: Journal) -> None:
        self.started_with = settings
        self.clock = clock
        self._journal = journal
        self._renew(settings)
        for kind, facts in journal.take_over(settings.as_json()):
            if kind == "reset":
                self._renew(Settings.from_json(facts))
            elif kind == "alteration":
                self.world.apply(Alteration(**facts))  # type: ignore[arg-type]
            else:
                self.keys.replay(kind, facts)

    def reset(self, settings: Settings) -> None:
        """A new world. Tokens end, and keys that were replaced come back."""
        self._journal.begin(self.started_with.as_json())
        self._journal.record("reset", settings.as_json())
        self._renew(settings)

    def alter(self, plan: Alteration) -> Altered:
        self._journal.record_alteration(plan)
        return self.world.apply(plan)

    def _renew(self, settings: Settings) -> None:
        self.settings = settings
        self.world = World(settings, self.clock)
        self.keys = Keys(settings, self.clock, self._journal.record)
        self.budgets = Budgets(settings.rate_limit_per_minute, self.clock)
        for company_id in self.world.companies:
            self.keys.replay("key", {"company": company_id, "generation": 1})
