"""Keeps serialised objects: made on demand, kept packed, the ones in use kept ready.

100,000 customers are some 210 MB of JSON. Packed they take a tenth of that, so a world of a million objects fits in
memory, and a company that is read a second time costs no generating. A chunk is one piece of text, its objects
already joined: a page of whole chunks is sent without touching an object.
"""

import zlib
from collections import OrderedDict
from collections.abc import Callable

CHUNK = 250
"""Objects per chunk; divides the usual page sizes."""

SEPARATOR = b",\n"
"""Between the objects of a chunk. Never inside one: JSON escapes line feeds."""

_PACK_LEVEL = 3  # on this text both smaller and faster than level 1

Key = tuple[str, str, int]
"""Company id, collection, number of the chunk."""


class ChunkStore:
    """Least recently used chunks leave the ready set first, then the packed one; they can always be made again."""

    def __init__(self, ready_bytes: int = 64 * 2**20, packed_bytes: int = 384 * 2**20) -> None:
        self._ready: OrderedDict[Key, bytes] = OrderedDict()
        self._packed: OrderedDict[Key, bytes] = OrderedDict()
        self._room_ready = ready_bytes
        self._room_packed = packed_bytes

    def get(self, key: Key, make: Callable[[], bytes]) -> bytes:
        chunk = self._ready.get(key)
        if chunk is not None:
            self._ready.move_to_end(key)
            return chunk
        packed = self._packed.get(key)
        if packed is None:
            chunk = make()
            packed = self._packed[key] = zlib.compress(chunk, _PACK_LEVEL)
            self._room_packed = _fit(self._packed, self._room_packed - len(packed))
        else:
            chunk = zlib.decompress(packed)
            self._packed.move_to_end(key)
        self._ready[key] = chunk
        self._room_ready = _fit(self._ready, self._room_ready - len(chunk))
        return chunk


def _fit(chunks: OrderedDict[Key, bytes], room: int) -> int:
    """Lets the oldest go until the rest fits; the newest stays in any case. Returns the room left."""
    while room < 0 and len(chunks) > 1:
        room += len(chunks.popitem(last=False)[1])
    return room
