"""Where serialised objects wait: made on demand, kept packed, the ones in use kept ready.

100,000 customers are some 210 MB of JSON. Packed they take a tenth of that and unpack at a few hundred
thousand a second, so a world of a million objects fits in memory, and a company that is read a second time costs
no generating.
"""

import zlib
from collections import OrderedDict
from collections.abc import Callable

CHUNK = 250
"""Objects per chunk; divides the usual page sizes."""

_SEPARATOR = b"\n"  # never inside an object: JSON escapes line feeds
_PACK_LEVEL = 3  # on this text both smaller and faster than level 1
_OBJECT_OVERHEAD = 41  # bytes object header and list slot

Key = tuple[str, str, int]
"""Company id, collection, number of the chunk."""


class ChunkStore:
    """Least recently used chunks leave the ready set first, then the packed one; they can always be made again."""

    def __init__(self, ready_bytes: int = 48 * 2**20, packed_bytes: int = 384 * 2**20) -> None:
        self._ready: OrderedDict[Key, tuple[list[bytes], int]] = OrderedDict()
        self._packed: OrderedDict[Key, bytes] = OrderedDict()
        self._room_ready = ready_bytes
        self._room_packed = packed_bytes

    def get(self, key: Key, make: Callable[[], list[bytes]]) -> list[bytes]:
        held = self._ready.get(key)
        if held is not None:
            self._ready.move_to_end(key)
            return held[0]
        packed = self._packed.get(key)
        if packed is None:
            chunk = make()
            self._pack(key, chunk)
        else:
            self._packed.move_to_end(key)
            chunk = zlib.decompress(packed).split(_SEPARATOR)
        self._keep_ready(key, chunk)
        return chunk

    def _pack(self, key: Key, chunk: list[bytes]) -> None:
        packed = zlib.compress(_SEPARATOR.join(chunk), _PACK_LEVEL)
        self._packed[key] = packed
        self._room_packed -= len(packed)
        while self._room_packed < 0 and len(self._packed) > 1:
            self._room_packed += len(self._packed.popitem(last=False)[1])

    def _keep_ready(self, key: Key, chunk: list[bytes]) -> None:
        size = sum(map(len, chunk)) + _OBJECT_OVERHEAD * len(chunk)
        self._ready[key] = (chunk, size)
        self._room_ready -= size
        while self._room_ready < 0 and len(self._ready) > 1:
            self._room_ready += self._ready.popitem(last=False)[1][1]
