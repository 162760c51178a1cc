"""PostgreSQL refuses to run as root. Started by root, it runs as `nobody`, which every system has."""

import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

_SEARCH = stat.S_IXGRP | stat.S_IXOTH


def unprivileged_user(data: Path) -> int | None:
    """The user id to run the server as, or None to run it as ourselves.

    Data that exists keeps its owner: it may have been made before on another footing.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return owner
    return pwd.getpwnam("nobody").pw_uid


def hand_over(path: Path, user: int | None) -> None:
    """Give a file or folder to that user and let the user reach it."""
    if user is None:
        return
    os.chown(path, user, -1)
    let_reach(path)


def let_reach(path: Path) -> None:
    """Add search permission, and no more, to the folders above `path` that lack it."""
    for folder in _parents(path):
        mode = folder.stat().st_mode
        if mode & _SEARCH != _SEARCH:
            folder.chmod(mode | _SEARCH)


def _parents(path: Path) -> Iterator[Path]:
    yield from path.resolve().parents
