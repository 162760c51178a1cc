"""The compose file as its tests read it."""

from typing import Any, Protocol

SERVICES = ("connection-svc", "import-svc", "assignment-svc", "sync-svc")


class Compose(Protocol):
    @property
    def services(self) -> dict[str, dict[str, Any]]: ...
    @property
    def volumes(self) -> dict[str, Any]: ...
    @property
    def unset(self) -> frozenset[str]: ...
