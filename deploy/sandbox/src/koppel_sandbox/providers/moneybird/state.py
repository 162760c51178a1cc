"""Moneybird's state as a whole: its world, logins and budget, and how a reset renews them."""

from koppel_sandbox.books.changes import Alteration, Altered
from koppel_sandbox.instants import Clock
from koppel_sandbox.journal import Journal
from koppel_sandbox.providers.moneybird.oauth.grants import Grants
from koppel_sandbox.providers.moneybird.oauth.login import Logins
from koppel_sandbox.providers.moneybird.rate_limit import Budget
from koppel_sandbox.providers.moneybird.settings import Settings
from koppel_sandbox.providers.moneybird.world import World


class State:
    def __init__(self, settings: Settings, clock: Clock, journal: Journal) -> None:
        self.started_with = settings
        self.clock = clock
        self._journal = journal
        self._renew(settings)
        for kind, facts in journal.take_over(settings.as_json()):
            self._replay(kind, facts)

    def reset(self, settings: Settings) -> None:
        """A new world. Tokens, codes and half-done logins end."""
        self._journal.begin(self.started_with.as_json())
        self._journal.record("reset", settings.as_json())
        self._renew(settings)

    def alter(self, plan: Alteration) -> Altered:
        self._journal.record_alteration(plan)
        return self.world.books.apply(plan)

    def _renew(self, settings: Settings) -> None:
        self.settings = settings
        self.world = World(settings, self.clock)
        self.grants = Grants(settings, self.clock, self._journal.record)
        self.logins = Logins(self.clock)
        self.budget = Budget(settings.calls_in_a_window, self.clock)

    def _replay(self, kind: str, facts: dict[str, object]) -> None:
        if kind == "reset":
            self._renew(Settings.from_json(facts))
        elif kind == "alteration":
            self.world.books.apply(Alteration(**facts))  # type: ignore[arg-type]
        else:
            self.grants.replay(kind, facts)
