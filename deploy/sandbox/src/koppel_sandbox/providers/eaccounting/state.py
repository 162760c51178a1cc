"""The provider's state as a whole: its world, logins and limits."""

from koppel_sandbox.books.changes import Alteration, Altered
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import SECOND, Clock, system_clock
from koppel_sandbox.journal import Journal
from koppel_sandbox.providers.eaccounting.oauth.grants import Grants
from koppel_sandbox.providers.eaccounting.oauth.login import Logins
from koppel_sandbox.providers.eaccounting.oauth.signing import SigningKey
from koppel_sandbox.providers.eaccounting.settings import Settings
from koppel_sandbox.providers.eaccounting.world import World
from koppel_sandbox.state import KeptState
from koppel_sandbox.windows import Window

_MINUTE = 60 * SECOND


class State(KeptState[Settings]):
    def __init__(
        self, settings: Settings, clock: Clock = system_clock, journal: Journal | None = None
    ) -> None:
        journal = journal or Journal(None)
        self._key = SigningKey(journal.signing_key)
        super().__init__(settings, clock, journal, self._key.pem)

    def _renew(self, settings: Settings) -> None:
        self.world = World(settings, self.clock)
        self.grants = Grants(settings, self._key, self.clock, self._journal.record)
        self.logins = Logins(self.clock)
        self.rate_limit = Window("calls_per_minute", settings.rate_limit_per_minute, _MINUTE, self.clock)
        """By client and endpoint, all companies together."""

    def _apply(self, plan: Alteration) -> Altered:
        return self.world.apply(plan)

    def _replay(self, kind: str, facts: JsonObject) -> None:
        self.grants.replay(kind, facts)
