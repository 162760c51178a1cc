"""What a subscriber has heard of runs and records, and whether it has heard all of it. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from koppel.contracts.sync import SyncAbandoned, SyncCancelled, SyncCompleted, SyncFailed

_ID_LENGTH = 36
_TYPE = "ce_type"
_ENDED = {each.type_name().encode() for each in (SyncCompleted, SyncFailed, SyncCancelled, SyncAbandoned)}


class RunFailed(Exception):
    """A run ended otherwise than with changes."""


@dataclass(slots=True)
class OfAdministration:
    """What was heard of one administration; `last_record_at` is `time.time()`."""

    records: int = 0
    last_record_at: float = 0.0
    ended: dict[str, Any] | None = None

    @property
    def is_all(self) -> bool:
        """Its run ended, and as many records as that names were heard. Raises `RunFailed`."""
        if self.ended is None:
            return False
        if self.ended.get("outcome") != "changed":
            raise RunFailed(f"a run ended as {self.ended.get('outcome')}: {self.ended.get('failure')}")
        return self.records >= sum(each["changed"] for each in self.ended["resources"])


class Heard:
    """By administration."""

    def __init__(self) -> None:
        self._of: dict[str, OfAdministration] = {}

    def of(self, administration_id: str) -> OfAdministration:
        return self._of.setdefault(administration_id, OfAdministration())

    @property
    def records(self) -> int:
        """Of all administrations."""
        return sum(each.records for each in self._of.values())

    def take_records(self, keys: Sequence[bytes], at: float) -> None:
        """Keys of record events, which begin with the administration's id; read at that time."""
        for administration_id, count in Counter([key[:_ID_LENGTH] for key in keys]).items():
            of = self.of(administration_id.decode())
            of.records += count
            of.last_record_at = at

    def take_run_event(self, key: bytes, headers: Sequence[tuple[str, bytes]], value: bytes) -> None:
        """An event of a run; only its last one counts."""
        if dict(headers).get(_TYPE) in _ENDED:
            self.of(key.decode()).ended = orjson.loads(value)
