"""The console's own addresses: where it is, which hosts it answers to, and which paths are its own."""

from dataclasses import dataclass
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
_LONGEST_RETURN = 1024


@dataclass(frozen=True, slots=True)
class OwnUrls:
    """Made from the public URL: `https://office.example/koppel` has the root path `/koppel`."""

    public: str

    @classmethod
    def of(cls, public_url: str) -> "OwnUrls":
        return cls(public_url.rstrip("/"))

    @property
    def root_path(self) -> str:
        return urlsplit(self.public).path

    @property
    def secure(self) -> bool:
        return self.public.startswith("https:")

    @property
    def is_loopback(self) -> bool:
        """Only this machine reaches it."""
        return is_loopback(urlsplit(self.public).netloc)

    def path(self, path: str) -> str:
        """A path of ours as a browser asks for it."""
        return f"{self.root_path}{path}"

    def whole(self, path: str) -> str:
        """A path of ours for others to return to."""
        return f"{self.public}{path}"

    def inner(self, path: str) -> str:
        """A request's path without the root path, whether the proxy in front took it off or not."""
        rest = path.removeprefix(self.root_path)
        return rest if rest.startswith("/") else path if rest else "/"

    def answers_to(self, host: str) -> bool:
        """Whether a request's `Host` is ours. Loopback's names are one, so `localhost` will do for `127.0.0.1`."""
        own = urlsplit(self.public).netloc.lower()
        asked = host.lower()
        if asked == own:
            return True
        return self.is_loopback and is_loopback(asked) and _split(own)[1] == _split(asked)[1]

    def own_path(self, given: str) -> str:
        """`given` when it is a path of this console, else its first page.

        What a browser would take for another host (`//x`, `/\\x`, control characters) is none of ours.
        """
        plain = given.isascii() and given.isprintable() and "\\" not in given
        if not plain or not given.startswith("/") or given.startswith("//") or len(given) > _LONGEST_RETURN:
            return "/"
        parts = urlsplit(given)
        return "/" if parts.scheme or parts.netloc else given


def is_loopback(netloc: str) -> bool:
    """Whether a host, with or without its port, is this machine by one of its names."""
    return _split(netloc.lower())[0] in _LOOPBACK


def _split(netloc: str) -> tuple[str, str]:
    host, colon, port = netloc.rpartition(":")
    return (host, port) if colon and port.isdigit() else (netloc, "")
