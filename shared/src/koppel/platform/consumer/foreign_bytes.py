"""Reading records as other clients wrote them: a header's name need not be UTF-8, and then aiokafka's reader raises.

Nothing gets past that: the partition is fetched again from the same record, in this process and in the next one.
So the rest of such a fetch is read once more with names decoded tolerantly, and the inbox decides as usual. Measured
against aiokafka 0.14, whose consumer takes no reader as an argument; hence its two names are replaced, for all
consumers of the process. What it can read it reads as before.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy


class _KeptBytes(MemoryRecords):  # type: ignore[misc]
    """A partition's share of a fetch; `data` is what it was read from."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class _TolerantRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """Its records in order, each once, whatever their headers are named."""

    _records: Any

    def _unpack_records(self) -> Iterator[Any]:
        data = self._records.data
        try:
            yield from super()._unpack_records()
        except UnicodeDecodeError:
            self._records = _TolerantBatches(data)
            yield from super()._unpack_records()


class _TolerantBatches(_MemoryRecordsPy):  # type: ignore[misc]
    def next_batch(self, *_: Any) -> Any:
        batch = _TolerantBatch(self._next_slice)
        self._cache_next()
        return batch


class _TolerantBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    _buffer: Any

    def __iter__(self) -> Any:
        super().__iter__()
        self._buffer = _TolerantBytes(self._buffer)
        return self


class _TolerantBytes(bytearray):
    """Only names of headers are decoded."""

    def __getitem__(self, where: Any) -> Any:
        found = super().__getitem__(where)
        return _TolerantBytes(found) if isinstance(where, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)


def read_any_header_name() -> None:
    """From now on, for every consumer of this process."""
    fetcher.MemoryRecords = _KeptBytes
    fetcher.PartitionRecords = _TolerantRecords
