"""A provider as data: how one logs in, how long tokens live, which calls it allows, what a login covers.

Services read a profile; they never ask which provider it is. What data cannot say is in the provider's own folder.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum


class GrantCovers(StrEnum):
    """How many administrations one login gives access to."""

    ONE_ADMINISTRATION = "one_administration"
    MANY_ADMINISTRATIONS = "many_administrations"


class ClientAuthentication(StrEnum):
    """Where a token call carries the client's id and secret (RFC 6749 §2.3.1)."""

    BASIC = "client_secret_basic"
    BODY = "client_secret_post"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a provider lives; test and production, and countries, differ by host.

    `authorize_url` is empty for a provider without a login page, `revocation_url` None where tokens cannot be withdrawn.
    """

    authorize_url: str
    token_url: str
    revocation_url: str | None
    api_base_url: str


@dataclass(frozen=True, slots=True)
class Region:
    """A country's own hosts. Client registration, tokens and companies do not carry over to another region."""

    id: str
    name: str
    endpoints: Endpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFlow:
    """A login in the browser: the authorization code grant (RFC 6749 §4.1).

    `parameters` go with every authorization request. `pkce` is whether the provider takes a code challenge (RFC 7636).
    """

    client_authentication: ClientAuthentication
    pkce: bool
    scopes: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyField:
    """What a person pastes; `longest` in characters."""

    name: str
    label: str
    secret: bool
    longest: int


@dataclass(frozen=True, slots=True)
class Activation:
    """The provider's page that makes a key and tells us of it in a notice.

    `url` is a template with `{reference}` and `{return_url}`, both percent-encoded; `longest_reference` in characters.
    """

    url: str
    longest_reference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFlow:
    """A key that the provider gave to a person, exchanged for access tokens."""

    fields: tuple[KeyField, ...]
    activation: Activation | None = None


class Rotation(StrEnum):
    """What a refresh does to the refresh token. `MINTED`: there is none, the key is exchanged again."""

    SINGLE_USE = "single_use"
    KEPT = "kept"
    MINTED = "minted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenTiming:
    """When a token is replaced. Ages are reckoned by the provider's clock (the `Date` of its answers), never by ours.

    `lifetime` holds when an answer does not say; None: no known end, the token is replaced after a 401.
    `refresh_not_before` is the youngest age at which the provider takes a refresh, also after a lost answer and a 401.
    `margin` is how long before its end a token is replaced. `idle_death` ends a refresh token that nobody uses.
    `one_chain_per_login`: another login by the same person at the same place ends the tokens of the one before.
    `retry_lost_answer`: a refresh whose answer was lost may be tried with the same refresh token.
    """

    lifetime: timedelta | None
    refresh_not_before: timedelta = timedelta(0)
    margin: timedelta = timedelta(minutes=5)
    rotation: Rotation = Rotation.SINGLE_USE
    idle_death: timedelta | None = None
    one_chain_per_login: bool = False
    retry_lost_answer: bool = True


class CountedPer(StrEnum):
    """What a rate window is counted for; a window names one or more."""

    CLIENT = "client"
    ENDPOINT = "endpoint"
    COMPANY = "company"
    LOGIN = "login"
    SOURCE_ADDRESS = "source_address"


class ResetUnit(StrEnum):
    """How a counter header tells when its window ends."""

    DELTA_SECONDS = "delta_seconds"
    EPOCH_SECONDS = "epoch_seconds"
    EPOCH_MILLISECONDS = "epoch_milliseconds"


@dataclass(frozen=True, slots=True)
class CounterHeaders:
    """The answer's own counters of a window."""

    limit: str
    remaining: str
    reset: str
    unit: ResetUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class RateWindow:
    """At most `calls` in `seconds`, counted for each combination of `per`; `name` is unique within a profile.

    `daily_utc`: the window starts anew at 00:00 UTC instead of sliding with the first call.
    `kind` is which calls it counts: those of the API, of the token endpoint, or refused ones (`errors`).
    """

    name: str
    calls: int
    seconds: int
    per: frozenset[CountedPer]
    counters: CounterHeaders | None = None
    daily_utc: bool = False
    kind: str = "api"


Part = Callable[[int], int]
"""How many calls of a window of so many are a service's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Parts of every window for the services that call the API, which keep a ledger each; at most 1 together.

    `sync` is for readings, `discovery` for companies and probes, `logins` for what a login or a key is asked.
    Raises `ValueError`.
    """

    sync: Decimal = Decimal("0.9")
    discovery: Decimal = Decimal("0.08")
    logins: Decimal = Decimal("0.02")

    def __post_init__(self) -> None:
        parts = (self.sync, self.discovery, self.logins)
        if min(parts) <= 0 or sum(parts) > 1:
            raise ValueError("each share is above 0, and they are at most 1 together")

    def for_sync(self, calls: int) -> int:
        """Of a window of so many calls: what the others, who take one at least, leave; never none."""
        others = self.for_discovery(calls) + self.for_logins(calls)
        return max(1, min(int(calls * self.sync), calls - others))

    def for_discovery(self, calls: int) -> int:
        """Rounded down; never none, or nothing could be asked at all."""
        return part_of(calls, self.discovery)

    def for_logins(self, calls: int) -> int:
        """Likewise."""
        return part_of(calls, self.logins)


def part_of(calls: int, share: Decimal) -> int:
    """How many of a window's calls the share is, rounded down; never none."""
    return max(1, int(calls * share))


@dataclass(frozen=True, slots=True)
class Probe:
    """A listing, by name, whose first page tells before an import whether the company's books can be read.

    `never_empty`: every company has some, so that none means a missing right or nothing to book in.
    """

    listing: str
    never_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderProfile:
    """All that services know of a provider before they call it.

    `regions` has at least one entry; the first is the default. `at_once` bounds calls in flight for one company; None: it is not known that
    the provider does.
    `epochs`: all cursors of a company can become worthless at once, and the provider tells.
    `probes` are in the order to ask; none where calls are too few for that.
    `headers` names the settings whose values travel as extra headers with every call: header → setting.
    """

    id: str
    name: str
    grant_covers: GrantCovers
    auth: CodeFlow | KeyFlow
    regions: tuple[Region, ...]
    timing: TokenTiming
    windows: tuple[RateWindow, ...]
    shares: Shares = Shares()
    at_once: int | None = None
    epochs: bool = False
    probes: tuple[Probe, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
