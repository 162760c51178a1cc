"""What a provider is to the rest of the sandbox: it answers calls under its prefix and obeys the control calls.

A provider lives in `providers/<id>/` and is listed in `providers/__init__.py`. Faults, the ledger, the clock and the control
calls are the frame's; a provider sees paths without its prefix.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

from koppel_sandbox.books.changes import Altered, ChangeOrder
from koppel_sandbox.control.fields import Fields
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import MovableClock
from koppel_sandbox.journal import Journal
from koppel_sandbox.story.company import Company

Headers = Sequence[tuple[str, str]]
_FORM = "application/x-www-form-urlencoded"
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Header names are in lower case; `origin` is `scheme://host:port` as the caller wrote it."""

    method: str
    path: str
    query_string: bytes
    headers: Mapping[str, str]
    body: bytes
    origin: str
    prefix: str
    """What stood before `path`: empty, or `/` and the provider's id."""
    source_address: str

    @property
    def base_url(self) -> str:
        """Where the provider lives, as the caller knows it."""
        return self.origin + self.prefix

    @property
    def query(self) -> dict[str, str]:
        """Query options by name; of several with one name the last. Raises UnicodeDecodeError."""
        return dict(parse_qsl(self.query_string.decode("ascii"), keep_blank_values=True, errors="strict"))

    @property
    def has_form(self) -> bool:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM

    @property
    def form(self) -> dict[str, str]:
        """The body's fields; empty when it is no form."""
        text = self.body.decode("utf-8", "replace") if self.has_form else ""
        return dict(parse_qsl(text, keep_blank_values=True))

    @property
    def bearer(self) -> str | None:
        """The access token of the Authorization header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else None


@dataclass(frozen=True, slots=True)
class Answer:
    """`violation`, in snake_case, tells the ledger that the caller broke a rule of the provider, such as
    `early_refresh` or `rate_limit`."""

    status: int
    body: bytes = b""
    headers: Headers = ()
    content_type: str | None = JSON
    violation: str | None = None


NOT_THERE = Answer(404, b"Not Found", content_type="text/plain; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, for faults and ledger. `grant` names the login, not the token."""

    client_id: str | None = None
    grant: str | None = None
    company_id: str | None = None


@dataclass(frozen=True, slots=True)
class Truncation:
    """Fault: the listing ends after its first half. Its total stays true unless `hide_total`."""

    hide_total: bool = False


class Provider(Protocol):
    """`at_once` is how many calls of one company may be in flight, None for any number: more is a violation that the
    ledger tells. `think_seconds` is how long every answer takes, so that calls at the same time do meet."""

    @property
    def at_once(self) -> int | None: ...

    @property
    def think_seconds(self) -> float: ...

    @property
    def collections(self) -> Collection[str]:
        """Names for the truth and for changes."""
        ...

    def is_noted(self, path: str) -> bool:
        """Whether a call goes into the ledger: API and token calls do, login pages do not."""
        ...

    def caller(self, call: Call) -> Caller:
        """Who sent the call, also with a token that is no longer good."""
        ...

    async def answer(self, call: Call, cut: Truncation | None) -> Answer: ...

    def refusal(self, call: Call, status: int, retry_after: int | None) -> Answer:
        """An ordered answer in the provider's own error shape."""
        ...

    def reset(self, order: Fields) -> None:
        """A new world; tokens issued before end. Raises InputError for settings that cannot be."""
        ...

    def settings(self) -> JsonObject:
        """What it is set to, without secrets."""
        ...

    def population(self) -> JsonObject:
        """`companies`, `users`, and `keys` where the provider gives keys."""
        ...

    def registered(self) -> Iterable[Company]:
        """The companies that the trade register knows: those with a KvK number, without the gaps that were ordered."""
        ...

    def has_company(self, company_id: str) -> bool: ...

    def truth(self, company_id: str, collection: str, offset: int, limit: int | None) -> bytes:
        """`{"items": […], "total"}`: exactly the objects that the API serves."""
        ...

    def change(self, company_id: str, order: ChangeOrder) -> Altered:
        """Raises InputError when the collection holds too few objects or cannot be changed so."""
        ...

    def windows(self) -> list[JsonObject]:
        """The rate windows as the provider counts them: `{window, key, limit, used, refused, resets_at}` each."""
        ...


@dataclass(frozen=True, slots=True)
class Start:
    """What a provider is made with. `options` has the shape of a reset's body; `neighbours` gives all providers by id,
    to be called when all of them are there."""

    options: JsonObject
    clock: MovableClock
    journal: Journal
    neighbours: Mapping[str, Provider] = field(default_factory=dict)
