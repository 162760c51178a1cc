"""Where a provider does not take our client, its refreshes are not tried again: settings are read at start, so nothing changes
before another process asks, or a person's login passes.

Another refusal that no answer of the provider's explains may be somebody's page in between, so it is tried again later.
"""

from connection_svc.domain.connection import CLIENT_REFUSED, Grant
from connection_svc.domain.provider import At
from koppel.kernel.errors import Transient

_ASK_AGAIN = 600.0
"""Seconds: what whoever borrows is told. It costs no call."""


class RefusedClients:
    """The places where this process's client was refused."""

    def __init__(self) -> None:
        self._places: set[At] = set()

    def note(self, at: At) -> None:
        """It was refused there."""
        self._places.add(at)

    def forget(self, at: At) -> None:
        """A token call passed there, such as a person's login: our client is taken again."""
        self._places.discard(at)

    def check(self, grant: Grant) -> None:
        """Raises `Transient` (`client_invalid`) for a refresh that need not be tried."""
        if grant.at in self._places:
            detail = "The provider does not take our client; its settings have to be mended."
            raise Transient(CLIENT_REFUSED, detail, retry_after=_ASK_AGAIN)
