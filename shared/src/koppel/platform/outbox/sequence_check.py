"""Checks whether events directly follow the last ones read of their streams: then none can be missing in between."""

from collections.abc import Sequence

import asyncpg

from koppel.platform.outbox.newest import Stream

_STREAMS_KNOWN = 50_000


class SequenceCheck:
    """Remembers the newest version read of each stream."""

    def __init__(self) -> None:
        self._newest: dict[Stream, int] = {}

    def follow(self, rows: Sequence[asyncpg.Record]) -> bool:
        """Whether each row is known, without asking, to come right after what was read of its stream before."""
        if len(self._newest) > _STREAMS_KNOWN:
            self._newest.clear()
        newest, follow = self._newest, True
        for row in rows:
            stream, version = (row["topic"], row["key"]), row["version"]
            follow = follow and version in (1, newest.get(stream, 0) + 1)
            newest[stream] = version
        return follow

    def reset(self) -> None:
        self._newest.clear()
