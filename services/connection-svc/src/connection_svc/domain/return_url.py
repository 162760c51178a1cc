"""Return URLs: only addresses that were allowed beforehand, compared part by part on parsed URLs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from koppel.kernel.errors import FieldError, InvalidInput

LOOPBACK = "loopback"
"""The entry that allows any http address of the machine itself, as a local stack needs."""

_LONGEST = 2_000
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Visible ASCII without what browsers and parsers read differently: quotes, angle brackets, backslash, fragment.
_PLAIN = re.compile(
    r"(https?)://([a-z0-9.\-\[\]:]+)(/[!$&'()*+,\-./0-9:;=@A-Z_a-z~%]*)?(\?[!$&'()*+,\-./0-9:;=?@A-Z_a-z~%\[\]]*)?"
)
_HIDDEN = re.compile(r"%(?:2e|2f|5c|00|0a|0d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Entry:
    scheme: str
    host: str
    port: int
    path: str

    def allows(self, url: SplitResult) -> bool:
        if (url.scheme, url.hostname, _port(url)) != (self.scheme, self.host, self.port):
            return False
        folder = self.path if self.path.endswith("/") else f"{self.path}/"
        path = url.path or "/"
        return path == self.path or path.startswith(folder)


class ReturnUrls:
    """The allow-list. An entry is a URL whose scheme, host and port must be equal and whose path is a prefix of
    whole segments, or `loopback`. Raises ValueError on an entry that is no such thing.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        listed = tuple(entries)
        self._loopback = LOOPBACK in listed
        self._entries = tuple(_entry(text) for text in listed if text != LOOPBACK)

    def check(self, return_url: str) -> str:
        """The URL itself. Raises `InvalidInput` with code `return_url_not_allowed`."""
        url = _parsed(return_url)
        if url is not None and (
            self._loopback_allows(url) or any(entry.allows(url) for entry in self._entries)
        ):
            return return_url
        raise InvalidInput(
            "return_url_not_allowed",
            "The return URL is not on this installation's list of allowed ones.",
            [FieldError("/return_url", "not on the list of allowed return URLs")],
        )

    def _loopback_allows(self, url: SplitResult) -> bool:
        return self._loopback and url.scheme == "http" and url.hostname in _LOOPBACK_HOSTS


def with_outcome(
    return_url: str,
    *,
    connection_id: str,
    outcome: str,
    code: str | None,
    missing: str | None = None,
    retry_after: str | None = None,
) -> str:
    """The return URL with our parameters; its own others are kept, ones of our names are replaced."""
    given = {
        "connection_id": connection_id,
        "outcome": outcome,
        "code": code,
        "missing": missing,
        "retry_after": retry_after,
    }
    ours = {name: value for name, value in given.items() if value}
    url = urlsplit(return_url)
    kept = [pair for pair in parse_qsl(url.query, keep_blank_values=True) if pair[0] not in given]
    return urlunsplit(url._replace(query=urlencode([*kept, *ours.items()])))


def _parsed(text: str) -> SplitResult | None:
    """The URL when every part of it can be read in one way only, else None."""
    if len(text) > _LONGEST or not _PLAIN.fullmatch(text):
        return None
    try:
        url = urlsplit(text)
        _port(url)
    except ValueError:
        return None
    segments = url.path.split("/")
    odd_place = "@" in url.netloc or url.netloc.endswith(":")
    ambiguous = odd_place or "//" in url.path or _HIDDEN.search(url.path) is not None
    return None if ambiguous or {".", ".."} & set(segments) or not url.hostname else url


def _entry(text: str) -> _Entry:
    url = _parsed(text)
    if url is None or url.query or not url.hostname:
        raise ValueError("an entry is an http(s) URL without query, fragment and user, or loopback")
    return _Entry(url.scheme, url.hostname, _port(url), url.path)


def _port(url: SplitResult) -> int:
    return url.port if url.port is not None else _DEFAULT_PORTS[url.scheme]
