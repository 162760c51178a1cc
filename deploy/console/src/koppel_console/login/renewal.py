"""An access token that ends is replaced by the refresh token, once for all requests that meet at it."""

import asyncio
import hashlib
import time
from collections import OrderedDict

from koppel.kernel.errors import KoppelError
from koppel_console.login.issuer import Issuer
from koppel_console.session.session import Session, session_of

EARLY = 60
"""Seconds before its end that a token is replaced."""
_KEPT = 60.0
_MOST = 1000


class Renewal:
    """A rotated refresh token is spent: those who bring it within a minute get what the first one got."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._under_way: OrderedDict[str, tuple[float, asyncio.Task[Session | None]]] = OrderedDict()

    async def renewed(self, session: Session) -> Session | None:
        """The login with a new token; None when the person has to log in again."""
        if session.refresh_token is None:
            return None
        self._forget_old()
        name = hashlib.sha256(session.refresh_token.encode()).hexdigest()
        if name not in self._under_way:
            task = asyncio.create_task(self._renew(session, session.refresh_token))
            self._under_way[name] = (time.monotonic(), task)
        return await asyncio.shield(self._under_way[name][1])

    async def _renew(self, session: Session, refresh_token: str) -> Session | None:
        try:
            tokens = await self._issuer.refreshed(refresh_token)
            known = {"sub": session.subject, "name": session.name}
            return session_of({"refresh_token": refresh_token, **tokens}, known, int(time.time()))
        except KoppelError:
            return None

    def _forget_old(self) -> None:
        while self._under_way:
            at, _ = next(iter(self._under_way.values()))
            if len(self._under_way) <= _MOST and time.monotonic() - at < _KEPT:
                return
            self._under_way.popitem(last=False)
