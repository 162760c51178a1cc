"""Which service may do what: a table that denies what it does not name."""

import json
from collections.abc import Iterable, Mapping
from typing import Self

from koppel.platform.identity.operations import Operation

_KNOWN = {operation.value for operation in Operation}
_LONGEST_SHOWN = 60


class ServiceAccess:
    """The operations of each service by its name, the `sub` of its token."""

    def __init__(self, table: Mapping[str, Iterable[Operation]]) -> None:
        self._table = {service: frozenset(operations) for service, operations in table.items()}

    def allows(self, service: str, operation: str) -> bool:
        """Whether the service may call the operation of that id."""
        return operation in self._table.get(service, ())

    @property
    def table(self) -> Mapping[str, frozenset[Operation]]:
        """The table as it was given."""
        return self._table

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `{service: [operation]}` as JSON. Raises ValueError with the first mistake."""
        try:
            document = json.loads(text, object_pairs_hook=_unique)
        except (json.JSONDecodeError, RecursionError):
            raise ValueError("it is no JSON") from None
        if not isinstance(document, dict):
            raise ValueError("it is no object of services")  # noqa: TRY004  (bad data, not a bad call)
        return cls({service: _operations(service, names) for service, names in document.items()})


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("it names a service twice")
    return members


def _operations(service: str, names: object) -> list[Operation]:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"the operations of {_shown(service)} are no list of texts")
    for name in names:
        if name not in _KNOWN:
            raise ValueError(f"{_shown(name)} is no operation that a service can be let do")
    return [Operation(name) for name in names]


def _shown(text: str) -> str:
    short = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return ascii(short)


DEFAULT_ACCESS = ServiceAccess({"import-svc": [Operation.BORROW], "sync-svc": [Operation.BORROW]})
"""The default: two services may ask for access tokens, and every other call of a service is denied."""
