"""Every way in which a call to an accounting package can fail, typed.

ProviderFailure
├── TransientProviderFailure   also a kernel Transient: the same call may work later
└── PermanentProviderFailure   also a kernel Permanent: somebody has to change something first

`origin` is the part that failed: `network`, `provider`, `credential` (the login), `administration` (the
company at the provider) or `configuration` (ours). `type` is the kind of failure. Details are sentences of
ours: what a provider answered is never copied into them, and no secret can reach them.
"""

from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr

from koppel.contracts.values import Failure, WhoMustAct
from koppel.kernel.errors import KoppelError, Permanent, Transient
from koppel.providers.reading import Usage

CUSTOMER, US, PROVIDER = WhoMustAct.CUSTOMER, WhoMustAct.US, WhoMustAct.PROVIDER


@dataclass(frozen=True, slots=True)
class FailureKind:
    """One outcome: its stable code, what failed, who can end it and whether trying again may help."""

    code: str
    origin: str
    type: str
    who_must_act: WhoMustAct
    transient: bool
    detail: str


class ProviderFailure(KoppelError):
    """A call to a provider did not do what was asked.

    `provider_code` and `error_id` are the provider's own number or word and reference, for its support desk;
    `retry_after` is seconds to wait, when the provider asked for it; `usage` what the answer said of rate windows.
    """

    def __init__(
        self,
        kind: FailureKind,
        *,
        provider_code: int | str | None = None,
        error_id: UUID | None = None,
        retry_after: float | None = None,
        usage: tuple[Usage, ...] = (),
    ) -> None:
        KoppelError.__init__(self, kind.code, kind.detail)
        self.kind = kind
        self.origin = kind.origin
        self.type = kind.type
        self.who_must_act = kind.who_must_act
        self.provider_code = provider_code
        self.error_id = error_id
        self.retry_after = retry_after
        self.usage = usage

    def as_contract(self) -> Failure:
        """The failure as events and HTTP answers carry it."""
        return Failure(
            origin=self.origin,
            type=self.type,
            who_must_act=self.who_must_act,
            code=self.code,
            detail=self.detail,
        )


class TransientProviderFailure(ProviderFailure, Transient):
    """The same call may work later."""


class PermanentProviderFailure(ProviderFailure, Permanent):
    """Trying again without a change elsewhere cannot help."""


def failure(
    kind: FailureKind,
    *,
    provider_code: int | str | None = None,
    error_id: UUID | None = None,
    retry_after: float | None = None,
    usage: tuple[Usage, ...] = (),
) -> ProviderFailure:
    """The exception of this kind, of the class that tells whether to try again."""
    which = TransientProviderFailure if kind.transient else PermanentProviderFailure
    return which(kind, provider_code=provider_code, error_id=error_id, retry_after=retry_after, usage=usage)


# The network: after `provider_unreachable` nothing was sent; after the other two the provider may have
# done the work and only its answer was lost, which matters to whoever rotates a refresh token.
UNREACHABLE = FailureKind(
    "provider_unreachable", "network", "unreachable", PROVIDER, True,
    "The accounting package cannot be reached; the call will be tried again.",
)  # fmt: skip
TIMEOUT = FailureKind(
    "provider_timeout", "network", "timeout", PROVIDER, True,
    "The accounting package did not answer in time; the call will be tried again.",
)  # fmt: skip
DROPPED = FailureKind(
    "connection_dropped", "network", "dropped", PROVIDER, True,
    "The connection to the accounting package broke before its answer was complete.",
)  # fmt: skip

# The provider.
UNAVAILABLE = FailureKind(
    "provider_unavailable", "provider", "unavailable", PROVIDER, True,
    "The accounting package reports a fault of its own; the call will be tried again.",
)  # fmt: skip
RATE_LIMITED = FailureKind(
    "rate_limited", "provider", "rate_limited", US, True,
    "The accounting package allows no more calls for now; the call waits and is tried again.",
)  # fmt: skip
BAD_ANSWER = FailureKind(
    "provider_bad_answer", "provider", "bad_answer", PROVIDER, True,
    "The accounting package sent an answer that is not in its documented form.",
)  # fmt: skip
ANSWER_TOO_LARGE = FailureKind(
    "provider_answer_too_large", "provider", "bad_answer", US, False,
    "The accounting package sent an answer larger than the limit; ask for smaller pages.",
)  # fmt: skip
NOT_FOUND = FailureKind(
    "provider_not_found", "provider", "not_found", US, False,
    "The accounting package does not know what was asked for; check the API address of this package.",
)  # fmt: skip
REQUEST_REFUSED = FailureKind(
    "request_refused", "provider", "invalid_request", US, False,
    "The accounting package refuses the request as it was made.",
)  # fmt: skip

CONTINUATION_INVALID = FailureKind(
    "continuation_invalid", "provider", "invalid_request", US, False,
    "The place to read on from was not given by this reading; the listing has to be read from its beginning.",
)  # fmt: skip
WATERMARK_INVALID = FailureKind(
    "watermark_invalid", "provider", "invalid_request", US, False,
    "The watermark is not one of this listing's; the listing has to be read whole.",
)  # fmt: skip

# The login.
UNAUTHORIZED = FailureKind(
    "provider_unauthorized", "credential", "unauthorized", CUSTOMER, False,
    "The accounting package does not accept the access token; a fresh token or a new login is needed.",
)  # fmt: skip
FORBIDDEN = FailureKind(
    "permission_denied", "credential", "forbidden", CUSTOMER, False,
    "The person who logged in may not read this at the accounting package.",
)  # fmt: skip
SCOPE_MISSING = FailureKind(
    "scope_missing", "credential", "forbidden", CUSTOMER, False,
    "The login did not allow this; log in again and agree to all that is asked.",
)  # fmt: skip
NO_COMPANY_ACCESS = FailureKind(
    "no_company_access", "credential", "forbidden", CUSTOMER, False,
    "The person who logged in has no access to this company any more; somebody who has must log in.",
)  # fmt: skip
NOT_IN_CONSENT = FailureKind(
    "company_not_in_consent", "credential", "forbidden", CUSTOMER, False,
    "The login leaves this company out; log in again and allow it.",
)  # fmt: skip
LOGIN_BLOCKED = FailureKind(
    "login_blocked", "credential", "forbidden", CUSTOMER, False,
    "The person who logged in is blocked or not active at the accounting package.",
)  # fmt: skip
GRANT_INVALID = FailureKind(
    "grant_invalid", "credential", "invalid_grant", CUSTOMER, False,
    "The login is no longer valid at the accounting package; log in again.",
)  # fmt: skip
REFRESH_TOO_EARLY = FailureKind(
    "refresh_too_early", "credential", "too_early", PROVIDER, True,
    "The accounting package does not replace the access token yet; it is asked again when it does.",
)  # fmt: skip
CONSENT_DENIED = FailureKind(
    "consent_denied", "credential", "denied", CUSTOMER, False,
    "The person did not give access at the accounting package.",
)  # fmt: skip

# The company at the provider.
COMPANY_INACTIVE = FailureKind(
    "company_inactive", "administration", "inactive", CUSTOMER, False,
    "The company is not active at the accounting package.",
)  # fmt: skip
COMPANY_BLOCKED = FailureKind(
    "company_blocked", "administration", "blocked", CUSTOMER, False,
    "The company is blocked at the accounting package, such as while it is copied or restored.",
)  # fmt: skip
COMPANY_SETUP_INCOMPLETE = FailureKind(
    "company_setup_incomplete", "administration", "action_needed", CUSTOMER, False,
    "The company's start-up guide at the accounting package is not finished.",
)  # fmt: skip
LICENCE_TERMS = FailureKind(
    "licence_terms", "administration", "action_needed", CUSTOMER, False,
    "The licence terms of the accounting package are not accepted; somebody has to accept them there.",
)  # fmt: skip
LICENCE_EXPIRED = FailureKind(
    "licence_expired", "administration", "action_needed", CUSTOMER, False,
    "The licence at the accounting package has ended or is blocked.",
)  # fmt: skip
MODULE_UNAVAILABLE = FailureKind(
    "module_unavailable", "administration", "unsupported", CUSTOMER, False,
    "The company's edition of the accounting package does not have this part.",
)  # fmt: skip

# Ours.
CLIENT_INVALID = FailureKind(
    "client_invalid", "configuration", "invalid_client", US, False,
    "The accounting package does not accept Koppel's client id and secret, or not for this.",
)  # fmt: skip
RIGHTS_NOT_REGISTERED = FailureKind(
    "rights_not_registered", "configuration", "forbidden", US, False,
    "Koppel's registration at the accounting package lacks the right to read this.",
)  # fmt: skip
REQUEST_UNSENDABLE = FailureKind(
    "request_unsendable", "configuration", "invalid_request", US, False,
    "The request cannot be sent; check the addresses that are configured for this provider.",
)  # fmt: skip


class IncompleteTokens(TransientProviderFailure):
    """A token answer without an access token that can be used, but with a refresh token: perhaps the only one that holds."""

    def __init__(self, refresh_token: str) -> None:
        super().__init__(BAD_ANSWER)
        self.refresh_token = SecretStr(refresh_token)
