"""What should be, as dicts: per stream which versions came, which is parked, which were applied in which order."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Stream:
    """`ops` are the operations by version; `failing` those whose handler raises for now."""

    ops: list[str] = field(default_factory=list)
    came: set[int] = field(default_factory=set)
    applied: list[str] = field(default_factory=list)
    position: int = 0
    parked: int | None = None


class Model:
    """The promise in thirty lines: skip what is behind, apply what is next, hold what is ahead, park what fails."""

    def __init__(self) -> None:
        self.streams: dict[str, Stream] = {}
        self.failing: set[str] = set()

    def written(self, key: str, op: str) -> None:
        self.streams.setdefault(key, Stream()).ops.append(op)

    def delivered(self, key: str, version: int) -> None:
        stream = self.streams[key]
        if version > stream.position:
            stream.came.add(version)
            self._advance(stream)

    def retried(self) -> None:
        for stream in self.streams.values():
            if stream.parked is not None and stream.ops[stream.parked - 1] not in self.failing:
                self._apply(stream)
                self._advance(stream)

    def discarded(self, key: str) -> None:
        stream = self.streams[key]
        assert stream.parked is not None
        stream.position, stream.parked = stream.parked, None
        self._advance(stream)

    def parked(self) -> list[str]:
        return sorted(key for key, stream in self.streams.items() if stream.parked is not None)

    def _advance(self, stream: Stream) -> None:
        while stream.parked is None and stream.position + 1 in stream.came:
            if stream.ops[stream.position] in self.failing:
                stream.parked = stream.position + 1
            else:
                self._apply(stream)

    def _apply(self, stream: Stream) -> None:
        stream.parked = None
        stream.applied.append(stream.ops[stream.position])
        stream.position += 1
