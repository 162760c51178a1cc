"""Types that are going away say so in the headers of each event (CloudEvents extension `deprecation`).

Source: cloudevents/spec, extensions/deprecation.md: `deprecated`, `deprecationfrom`, `deprecationsunset`,
`deprecationmigration`; a sunset may be put off and must not be brought forward.
"""

from datetime import date
from functools import lru_cache

from koppel.contracts.registry import BY_TYPE

KnownHeaders = tuple[tuple[str, bytes], ...]


@lru_cache(maxsize=512)
def headers_of_type(type_name: str) -> KnownHeaders:
    """The headers that depend on the type alone, made once a type: `ce_type`, and the deprecation where there is one."""
    headers = [("ce_type", type_name.encode())]
    event = BY_TYPE.get(type_name)
    if event is not None and event.deprecated is not None:
        headers += [("ce_deprecated", b"true"), ("ce_deprecationfrom", _midnight(event.deprecated))]
        if event.sunset is not None:
            headers.append(("ce_deprecationsunset", _midnight(event.sunset)))
        if event.replaced_by is not None:
            headers.append(("ce_deprecationmigration", migration_of(event.replaced_by).encode()))
    return tuple(headers)


def migration_of(replacement: str) -> str:
    """The URI of the type to move to."""
    return f"urn:koppel:event-type:{replacement}"


def _midnight(day: date) -> bytes:
    return f"{day.isoformat()}T00:00:00Z".encode()
