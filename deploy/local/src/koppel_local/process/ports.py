"""Loopback ports: the one used before, else the default, else any free one; remembered per part."""

import socket
from collections.abc import Callable
from pathlib import Path

LOOPBACK = "127.0.0.1"


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # A listener that is gone leaves connections in TIME_WAIT; servers set this option too.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """A port that the system just called free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


class Ports:
    """The ports of one state folder, one small file a part, so that a restart keeps its address."""

    def __init__(self, folder: Path, say: Callable[[str], None] = lambda _: None) -> None:
        self._folder = folder
        self._say = say

    def remembered(self, part: str) -> int | None:
        """The port this part had last, if any."""
        try:
            return int((self._folder / part).read_text())
        except (FileNotFoundError, ValueError):
            return None

    def choose(self, part: str, default: int | None = None) -> int:
        """A free port for a part that is about to start; says so when it is not the expected one."""
        expected, others = self.remembered(part) or default, self._of_others(part)
        if expected is not None and expected not in others and port_is_free(expected):
            return self._remember(part, expected)
        near = range(default + 10, default + 1000, 10) if default else range(0)
        port = next((p for p in near if p not in others and port_is_free(p)), None) or any_free_port()
        if expected is not None:
            whose = others.get(expected, "another program")
            self._say(f"{part}: port {expected} is taken by {whose}, using {port}")
        return self._remember(part, port)

    def _of_others(self, part: str) -> dict[int, str]:
        """Ports that the stack's other parts have, or were told to take and do not listen on yet."""
        names = [path.name for path in self._folder.glob("*") if path.name != part]
        return {port: name for name in names if (port := self.remembered(name)) is not None}

    def _remember(self, part: str, port: int) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / part).write_text(f"{port}\n")
        return port
