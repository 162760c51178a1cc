"""The last good answers, so that a page has something to show while a service is silent.

In this process only, for a quarter of an hour, bounded in bytes. What is remembered is shown to whoever has the same person, office,
roles and rights in the token, and to nobody else.
"""

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime

from koppel_console.session.session import Session

_KEPT = 900.0
_MOST_BYTES = 32 * 1024 * 1024
_LARGEST = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Kept:
    content: bytes
    at: datetime
    until: float


class Remembered:
    """Newest last; the oldest go when there is no more room."""

    def __init__(self) -> None:
        self._answers: OrderedDict[bytes, _Kept] = OrderedDict()
        self._bytes = 0

    def keep(self, session: Session, url: str, content: bytes) -> datetime:
        """Keep an answer that came now; returns now."""
        at = datetime.now(UTC)
        if len(content) <= _LARGEST:
            name = _name(session, url)
            self._drop(name)
            self._answers[name] = _Kept(content, at, time.monotonic() + _KEPT)
            self._bytes += len(content)
            while self._bytes > _MOST_BYTES:
                self._drop(next(iter(self._answers)))
        return at

    def last(self, session: Session, url: str) -> tuple[bytes, datetime] | None:
        """The last good answer and when it came."""
        kept = self._answers.get(_name(session, url))
        return (kept.content, kept.at) if kept is not None and time.monotonic() < kept.until else None

    def _drop(self, name: bytes) -> None:
        gone = self._answers.pop(name, None)
        self._bytes -= len(gone.content) if gone else 0


def _name(session: Session, url: str) -> bytes:
    who = (session.subject, session.organisation, *sorted(session.roles), "", *sorted(session.rights))
    return hashlib.sha256("\x00".join((*who, "", url)).encode()).digest()
