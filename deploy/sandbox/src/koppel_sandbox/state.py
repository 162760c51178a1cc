"""A provider's state as a whole: what a reset renews, and what outlives a restart by its journal."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from koppel_sandbox.books.changes import Alteration, Altered
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import Clock
from koppel_sandbox.journal import Journal
from koppel_sandbox.settings import CommonSettings

S = TypeVar("S", bound=CommonSettings)


class KeptState(ABC, Generic[S]):
    """`signing_key` is kept with the journal, where a provider has one."""

    settings: S

    def __init__(self, settings: S, clock: Clock, journal: Journal, signing_key: str | None = None) -> None:
        self.started_with = settings
        self.clock = clock
        self._journal = journal
        self._signing_key = signing_key
        self._begin(settings)
        for kind, facts in journal.take_over(settings.as_json(), signing_key):
            if kind == "reset":
                self._begin(type(settings).from_json(facts))
            elif kind == "alteration":
                self._apply(Alteration(**facts))  # type: ignore[arg-type]
            else:
                self._replay(kind, facts)

    def reset(self, settings: S) -> None:
        """A new world. Tokens, codes and half-done logins end; keys that were replaced come back."""
        self._journal.begin(self.started_with.as_json(), self._signing_key)
        self._journal.record("reset", settings.as_json())
        self._begin(settings)

    def alter(self, plan: Alteration) -> Altered:
        self._journal.record_alteration(plan)
        return self._apply(plan)

    def _begin(self, settings: S) -> None:
        self.settings = settings
        self._renew(settings)

    @abstractmethod
    def _renew(self, settings: S) -> None:
        """Everything anew, empty of logins."""

    @abstractmethod
    def _apply(self, plan: Alteration) -> Altered: ...

    @abstractmethod
    def _replay(self, kind: str, facts: JsonObject) -> None:
        """Takes back what was recorded of a login or a key before a restart."""
