"""The applications that may ask for a login: public ones, without a secret, on this machine."""

from dataclasses import dataclass
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
LONGEST_REDIRECT = 2000


@dataclass(frozen=True, slots=True)
class Client:
    """`redirects`: whether it is called back in the browser (authorization code); else it polls (device code)."""

    id: str
    name: str
    redirects: bool

    def may_return_to(self, uri: str) -> bool:
        """RFC 8252, 7.3: loopback over http at any port. Nothing else is registered."""
        return self.redirects and is_loopback(uri)


CLIENTS = {
    client.id: client
    for client in (
        Client("koppel-console", "Koppel console", redirects=True),
        Client("koppel-cli", "koppel", redirects=True),
    )
}


def is_loopback(uri: str) -> bool:
    """Whether a browser that follows this stays on this machine, read as strictly as the strictest reader would."""
    if len(uri) > LONGEST_REDIRECT or not uri.isascii() or not uri.isprintable() or set(uri) & set('\\ "<>'):
        return False
    try:
        parts = urlsplit(uri)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = parts.scheme == "http" and "@" not in parts.netloc and not parts.fragment and "#" not in uri
    return plain and port_is_one and parts.hostname in _LOOPBACK


def origin_of(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
