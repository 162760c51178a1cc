"""One launcher at a time. The lock belongs to the process: it cannot outlive a killed one."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def launcher_lock(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file; waits, and says so, while another launcher holds it.

    The file is removed when the lock is given back.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _acquire(path, say)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _acquire(path: Path, say: Callable[[str], None]) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another `koppel` is starting or stopping this stack, waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)  # the one before us removed the file that we were waiting on


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
