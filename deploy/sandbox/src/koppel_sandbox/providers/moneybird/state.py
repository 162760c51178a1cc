"""Moneybird's state as a whole: its world, logins and budget."""

from koppel_sandbox.books.changes import Alteration, Altered
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.moneybird.oauth.grants import Grants
from koppel_sandbox.providers.moneybird.oauth.login import Logins
from koppel_sandbox.providers.moneybird.rate_limit import WINDOW
from koppel_sandbox.providers.moneybird.settings import Settings
from koppel_sandbox.providers.moneybird.world import World
from koppel_sandbox.state import KeptState
from koppel_sandbox.windows import Window


class State(KeptState[Settings]):
    def _renew(self, settings: Settings) -> None:
        self.world = World(settings, self.clock)
        self.grants = Grants(settings, self.clock, self._journal.record)
        self.logins = Logins(self.clock)
        self.budget = Window("requests", settings.calls_in_a_window, WINDOW, self.clock)

    def _apply(self, plan: Alteration) -> Altered:
        return self.world.books.apply(plan)

    def _replay(self, kind: str, facts: JsonObject) -> None:
        self.grants.replay(kind, facts)
