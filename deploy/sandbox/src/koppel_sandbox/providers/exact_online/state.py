"""The provider's state as a whole: its world, logins, chains and limits."""

from koppel_sandbox.books.changes import Alteration, Altered
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.exact_online.limits import Limits
from koppel_sandbox.providers.exact_online.oauth.chains import Chains
from koppel_sandbox.providers.exact_online.oauth.login import Logins
from koppel_sandbox.providers.exact_online.settings import Settings
from koppel_sandbox.providers.exact_online.webhooks import Webhooks
from koppel_sandbox.providers.exact_online.world import World
from koppel_sandbox.state import KeptState


class State(KeptState[Settings]):
    def _renew(self, settings: Settings) -> None:
        self.world = World(settings, self.clock)
        self.chains = Chains(settings, self.clock, self._journal.record)
        self.logins = Logins(self.clock)
        self.limits = Limits(settings, self.clock)
        self.webhooks = Webhooks(self.clock)

    def _apply(self, plan: Alteration) -> Altered:
        return self.world.apply(plan)

    def _replay(self, kind: str, facts: JsonObject) -> None:
        self.chains.replay(kind, facts)
