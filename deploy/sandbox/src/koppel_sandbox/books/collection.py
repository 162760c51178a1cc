"""One collection of one company: what the seed made, with the changes made since laid over it."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

import orjson

from koppel_sandbox.books.chunks import CHUNK, SEPARATOR, ChunkStore
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.story.company import Company

_MARK = " #"


class Kind(Protocol):
    """What a collection holds. `label` is the property that a change makes visibly different."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def label_length(self) -> int: ...

    @property
    def make(self) -> Callable[[Company, int], JsonObject]: ...

    @property
    def size(self) -> Callable[[Company], int]: ...

    def identify(self, body: JsonObject) -> str:
        """The key of an object."""
        ...

    def identify_seeded(self, owner: Company, index: int) -> str:
        """The key of an object that the seed makes, where possible without making it."""
        ...

    def stamp(self, body: JsonObject, instant: int, *, is_new: bool) -> None:
        """Writes the time of a change, or of an addition, into an object."""
        ...


K = TypeVar("K", bound=Kind)


class Collection(Generic[K]):
    """Objects have an index: creation order, never reused. Lists are in that order; additions come last."""

    def __init__(self, kind: K, company: Company, store: ChunkStore) -> None:
        self.kind = kind
        self.company = company
        self._store = store
        self._seeded = kind.size(company)
        self._next = self._seeded
        self._live: list[int] | None = None
        self._overlay: dict[int, bytes] = {}
        self._touched: set[int] = set()  # chunks that hold an object of the overlay
        self._changed: array[int] | None = None
        self._by_id: dict[str, int] | None = None

    def __len__(self) -> int:
        return self._next if self._live is None else len(self._live)

    @property
    def indexes(self) -> Sequence[int]:
        return range(self._next) if self._live is None else self._live

    @property
    def changed_at(self) -> "array[int]":
        """Microseconds of the last change by index, removed objects included."""
        if self._changed is None:
            company, name = self.company, self.kind.name
            self._changed = array("q", (company.changed_at(name, index) for index in range(self._seeded)))
        return self._changed

    def read(self, indexes: Iterable[int]) -> Iterator[bytes]:
        """The serialised objects, one by one, in the order asked."""
        number, objects = -1, list[bytes]()
        for index in indexes:
            held = self._overlay.get(index)
            if held is None:
                if index // CHUNK != number:
                    number = index // CHUNK
                    objects = self._chunk(number).split(SEPARATOR)
                held = objects[index % CHUNK]
            yield held

    def joined(self, indexes: Sequence[int]) -> bytes:
        """The serialised objects with commas between them: the inside of a JSON array."""
        if not isinstance(indexes, range) or indexes.step != 1:
            return SEPARATOR.join(self.read(indexes))
        pieces: list[bytes] = []
        start = indexes.start
        while start < indexes.stop:
            number = start // CHUNK
            stop = min((number + 1) * CHUNK, indexes.stop)
            whole = start == number * CHUNK and stop == min(start + CHUNK, self._seeded)
            if whole and number not in self._touched:
                pieces.append(self._chunk(number))
            else:
                pieces.extend(self.read(range(start, stop)))
            start = stop
        return SEPARATOR.join(pieces)

    def one(self, index: int) -> bytes:
        return next(self.read([index]))

    def body(self, index: int) -> JsonObject:
        decoded: JsonObject = orjson.loads(self.one(index))
        return decoded

    @property
    def following(self) -> int:
        """The index of the next object that is added."""
        return self._next

    def find(self, identity: str) -> int | None:
        """Index of the object with this key, None when there is none (any more)."""
        return self._ids().get(identity.lower())

    def _ids(self) -> dict[str, int]:
        if self._by_id is None:
            kind, company = self.kind, self.company
            self._by_id = {kind.identify_seeded(company, index): index for index in range(self._seeded)}
        return self._by_id

    def change(self, index: int, instant: int, revision: int) -> str:
        """Changes the label visibly and moves the change time. Returns the key."""
        body = self.body(index)
        label = body[self.kind.label]
        if isinstance(label, bool):
            body[self.kind.label] = not label
        else:
            mark = f"{_MARK}{revision}"
            body[self.kind.label] = str(label).split(_MARK)[0][: self.kind.label_length - len(mark)] + mark
        return self._lay(index, body, instant, is_new=False)

    def touch(self, index: int, instant: int) -> None:
        """Moves the change time and nothing else."""
        self._lay(index, self.body(index), instant, is_new=False)

    def put(self, index: int, body: JsonObject, instant: int) -> str:
        """Lays another body over an object; its change time moves. Returns the key."""
        return self._lay(index, body, instant, is_new=False)

    def add(self, instant: int, given: JsonObject | None = None) -> str:
        """What the seed would have made next, or an object that is given."""
        index = self._next
        body = given or self.kind.make(self.company, index)
        self.changed_at.append(instant)
        self._next += 1
        if self._live is not None:
            self._live.append(index)
        identity = self._lay(index, body, instant, is_new=True)
        self._ids()[identity.lower()] = index
        return identity

    def remove(self, indexes: Iterable[int]) -> list[str]:
        leaving = list(indexes)
        identities = [self.kind.identify(orjson.loads(raw)) for raw in self.read(leaving)]
        gone = set(leaving)
        self._live = [index for index in self.indexes if index not in gone]
        by_id = self._ids()
        for index, identity in zip(leaving, identities, strict=True):
            by_id.pop(identity.lower(), None)
            self._overlay.pop(index, None)
        return identities

    def _lay(self, index: int, body: JsonObject, instant: int, *, is_new: bool) -> str:
        self.kind.stamp(body, instant, is_new=is_new)
        self.changed_at[index] = instant
        self._overlay[index] = orjson.dumps(body)
        self._touched.add(index // CHUNK)
        return self.kind.identify(body)

    def _chunk(self, number: int) -> bytes:
        return self._store.get((self.company.id, self.kind.name, number), lambda: self._make(number))

    def _make(self, number: int) -> bytes:
        make, company = self.kind.make, self.company
        stop = min((number + 1) * CHUNK, self._seeded)
        objects = [orjson.dumps(make(company, index)) for index in range(number * CHUNK, stop)]
        return SEPARATOR.join(objects)
