"""The provider's state as a whole: its world, logins and limits, and how a reset renews them."""

from koppel_sandbox.books.changes import Alteration, Altered
from koppel_sandbox.instants import Clock, system_clock
from koppel_sandbox.journal import Journal
from koppel_sandbox.providers.eaccounting.oauth.grants import Grants
from koppel_sandbox.providers.eaccounting.oauth.login import Logins
from koppel_sandbox.providers.eaccounting.oauth.signing import SigningKey
from koppel_sandbox.providers.eaccounting.rate_limit import RateLimit
from koppel_sandbox.providers.eaccounting.settings import Settings
from koppel_sandbox.providers.eaccounting.world import World


class State:
    def __init__(
        self, settings: Settings, clock: Clock = system_clock, journal: Journal | None = None
    ) -> None:
        self.started_with = settings
        self.clock = clock
        self._journal = journal or Journal(None)
        self._key = SigningKey(self._journal.signing_key)
        self._renew(settings)
        self._replay()

    def reset(self, settings: Settings) -> None:
        """A new world. Tokens, codes and half-done logins end."""
        self._journal.begin(self.started_with.as_json(), self._key.pem)
        self._journal.record("reset", settings.as_json())
        self._renew(settings)

    def alter(self, plan: Alteration) -> Altered:
        self._journal.record_alteration(plan)
        return self.world.apply(plan)

    def _renew(self, settings: Settings) -> None:
        self.settings = settings
        self.world = World(settings, self.clock)
        self.grants = Grants(settings, self._key, self.clock, self._journal.record)
        self.logins = Logins(self.clock)
        self.rate_limit = RateLimit(settings.rate_limit_per_minute, self.clock)

    def _replay(self) -> None:
        for kind, facts in self._journal.take_over(self.started_with.as_json(), self._key.pem):
            if kind == "reset":
                self._renew(Settings.from_json(facts))
            elif kind == "alteration":
                self.world.apply(Alteration(**facts))  # type: ignore[arg-type]
            else:
                self.grants.replay(kind, facts)
