"""A login that was begun, and what its end gives."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a client asked for. With a `redirect_uri` it waits in the browser, else for the answer to its device code."""

    client_id: str
    scope: str = ""
    redirect_uri: str = ""
    state: str = ""
    nonce: str = ""
    challenge: str = ""
    device: str = ""
    """The hash of the device code that waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A person at the login page. `csrf` stands in its forms; `browser` is the hash of the cookie that began it."""

    id: str
    asked: Asked
    csrf: str
    browser: str
    language: str
    expires_at: int


class OAuthError(Exception):
    """RFC 6749's `error` and `error_description`; `status` is that of the answer."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status
