"""Where a provider says that we are at fault, a refresh is not tried again: settings are read at start, so nothing changes
before another process asks, or a person's login passes.

A client that is not taken is so for every grant of the place; a request that is refused is the one of its grant. Refusals that
name no error, such as a page of something in between, are no word of the provider's and never come here.
"""

from connection_svc.domain.connection import CLIENT_REFUSED, Grant
from connection_svc.domain.provider import At
from koppel.kernel.errors import Transient

ASK_AGAIN = 600.0
"""Seconds: what whoever borrows is told. It costs no call."""
_DETAIL = "The provider refuses what we ask; our settings for it have to be mended."


class RefusedClients:
    """What this process was refused for a fault of ours: by place, for all grants there (None) or for one."""

    def __init__(self) -> None:
        self._codes: dict[At, dict[object, str]] = {}

    def note(self, grant: Grant, code: str) -> None:
        """It was refused, with this code."""
        whose = None if code == CLIENT_REFUSED else grant.id
        self._codes.setdefault(grant.at, {})[whose] = code

    def forget(self, at: At) -> None:
        """A token call passed there, such as a person's login: what we ask is taken again."""
        self._codes.pop(at, None)

    def refused(self, grant: Grant) -> str | None:
        """The code of the refusal, where a refresh need not be tried."""
        codes = self._codes.get(grant.at, {})
        return codes.get(None) or codes.get(grant.id)

    def check(self, grant: Grant) -> None:
        """Raises `Transient`, with the code of the refusal, for a refresh that need not be tried."""
        if (code := self.refused(grant)) is not None:
            raise Transient(code, _DETAIL, retry_after=ASK_AGAIN)
