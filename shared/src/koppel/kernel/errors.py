"""The error tree. The class tells the runtime what to do, the code tells a human what happened.

KoppelError
├── Transient          try again later: retried with back-off (HTTP 503)
│   └── QuotaExceeded  the caller asked for more than it may; `retry_after` says when there is more (HTTP 429)
├── Permanent          trying again cannot help: parked, or refused (HTTP 400)
│   ├── InvalidInput   the caller's data; names every bad field (HTTP 422)
│   ├── Unauthenticated    no or no valid credential (HTTP 401)
│   ├── Forbidden      a right is missing (HTTP 403)
│   ├── NotFound       absent, or another tenant's: the two look alike on purpose (HTTP 404)
│   └── OrganisationMismatch   an event that names what is another organisation's: passed, counted and told
└── Conflict           the world is not as the caller thinks (HTTP 409)
    └── IllegalTransition  a state that does not lead where it is asked to; audited, and of an event passed and counted

Messages and details reach people and logs: never put a secret in one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


class KoppelError(Exception):
    """Base of every error Koppel raises on purpose.

    `code` is stable snake_case that callers may switch on; `detail` is one sentence for a human that
    says what to do.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Transient(KoppelError):
    """Worth trying again; `retry_after` is seconds the other side asked for, when it did."""

    def __init__(self, code: str, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


class QuotaExceeded(Transient):
    """The caller has used up what it may ask for in this time."""


class Permanent(KoppelError):
    """Trying again without a change elsewhere cannot help."""


class Conflict(KoppelError):
    """The state of the thing does not allow this now; `errors` names what is in the way, where there are several."""

    def __init__(self, code: str, detail: str, errors: Sequence["FieldError"] = ()) -> None:
        super().__init__(code, detail)
        self.errors = tuple(errors)


class IllegalTransition(Conflict):
    """The entity's state does not lead where it is asked to (`koppel.kernel.transitions`).

    Over HTTP it is refused, with an audit row of its own; an event that asks for it is passed and counted.
    """

    def __init__(self, code: str, detail: str, *, entity: str, identifier: UUID) -> None:
        super().__init__(code, detail)
        self.entity = entity
        self.identifier = identifier


class NotFound(Permanent):
    """Absent, or not this organisation's."""

    def __init__(self, what: str, identifier: object, *, code: str | None = None) -> None:
        super().__init__(code or f"{what}_not_found", f"There is no {what.replace('_', ' ')} {identifier}.")


class OrganisationMismatch(Permanent):
    """An event of one organisation that names what is another's. It changes nothing, and holds nobody up."""

    def __init__(self, detail: str) -> None:
        super().__init__("organisation_mismatch", detail)


class Unauthenticated(Permanent):
    """No credential, or one that does not hold."""


class Forbidden(Permanent):
    """The caller is known but lacks a right."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad field: `pointer` is a JSON pointer into the request body, or `query/<name>`.

    `code` says what is wrong with it for a program, empty: what the whole refusal says; `limit` is the bound that it broke.
    """

    pointer: str
    message: str
    code: str = ""
    limit: float | None = None


class InvalidInput(Permanent):
    """The caller's data breaks a rule; `errors` names each place."""

    def __init__(self, code: str, detail: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(code, detail)
        self.errors = tuple(errors)


class ConfigurationError(ValueError):
    """The configuration cannot be used: the process does not start. `lines` say why, one a mistake, without a value."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(" ".join(lines))
        self.lines = tuple(lines)
