"""Where the data of throw-away servers lies: in memory where there is room, because making a database on a busy
disk costs twenty times the processor time."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of our own is made in it)
_ROOM = 3 * 1024**3
"""Bytes free. A suite's servers hold less than 1 GiB; containers often allow 64 MiB in all."""


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """A new folder that is gone afterwards, also when a dying server still writes to it.

    Programs may not be run from it: memory is often mounted `noexec`.
    """
    with tempfile.TemporaryDirectory(prefix=prefix, dir=_in_memory(), ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _in_memory() -> Path | None:
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM
    return _MEMORY if roomy else None
