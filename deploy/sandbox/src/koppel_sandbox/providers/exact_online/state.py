"""The provider's state as a whole: its world, logins, chains and limits, and how a reset renews them."""

from koppel_sandbox.books.changes import Alteration, Altered
from koppel_sandbox.instants import Clock
from koppel_sandbox.journal import Journal
from koppel_sandbox.providers.exact_online.limits import Limits
from koppel_sandbox.providers.exact_online.oauth.chains import Chains
from koppel_sandbox.providers.exact_online.oauth.login import Logins
from koppel_sandbox.providers.exact_online.settings import Settings
from koppel_sandbox.providers.exact_online.webhooks import Webhooks
from koppel_sandbox.providers.exact_online.world import World


class State:
    def __init__(self, settings: Settings, clock: Clock, journal: Journal) -> None:
        self.started_with = settings
        self.clock = clock
        self._journal = journal
        self._renew(settings)
        self._replay()

    def reset(self, settings: Settings) -> None:
        """A new world. Tokens, codes and half-done logins end."""
        self._journal.begin(self.started_with.as_json())
        self._journal.record("reset", settings.as_json())
        self._renew(settings)

    def alter(self, plan: Alteration) -> Altered:
        self._journal.record_alteration(plan)
        return self.world.apply(plan)

    def _renew(self, settings: Settings) -> None:
        self.settings = settings
        self.world = World(settings, self.clock)
        self.chains = Chains(settings, self.clock, self._journal.record)
        self.logins = Logins(self.clock)
        self.limits = Limits(settings, self.clock)
        self.webhooks = Webhooks(self.clock)

    def _replay(self) -> None:
        for kind, facts in self._journal.take_over(self.started_with.as_json()):
            if kind == "reset":
                self._renew(Settings.from_json(facts))
            elif kind == "alteration":
                self.world.apply(Alteration(**facts))  # type: ignore[arg-type]
            else:
                self.chains.replay(kind, facts)
