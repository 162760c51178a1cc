"""Small values that several events share."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

_KVK_NUMBER = re.compile(r"^[0-9]{8}$")
KvkNumber = Annotated[str, StringConstraints(pattern=_KVK_NUMBER.pattern)]
"""Eight digits as text, leading zeros kept (developers.kvk.nl)."""


def is_kvk_number(text: str) -> bool:
    """The rule of `KvkNumber`, for text that is not yet one."""
    return _KVK_NUMBER.fullmatch(text) is not None


ACTOR = (
    "A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled."
    " (The audit trail writes `person:` and `service:` before the first two.)"
)
"""How events and answers spell who did something; said in the description of each such field."""
AUDIT_ACTOR = (
    "As in the audit trail: `person:` and a UUID, or `service:` and a name."
    " (Events, and fields whose names end in `_by`, write these two without the word before them.)"
)
"""How the audit trail, and what operators do, spells who did something."""


def known(*values: str) -> dict[str, JsonValue]:
    """The values of a text that publishers write today. It stays text: a value more is no new version.

    A reader's schema shows them as an enumeration that others may join.
    """
    return {"x-extensible-enum": [*values]}


ProviderId = Annotated[
    str,
    Field(
        description="The accounting package, by its id.",
        json_schema_extra=known("eaccounting", "exact_online", "moneybird", "snelstart"),
    ),
]


class Role(StrEnum):
    """The product's user roles, most powerful first."""

    BEHEERDER = "beheerder"
    TEAM_LEADER = "team_leader"
    USER_PLUS = "user_plus"
    USER = "user"
    DOCUMENT_REVIEWER = "document_reviewer"
    REVIEWER = "reviewer"
    PORTAL_INVOICE_USER = "portal_invoice_user"
    SUBMITTER_PLUS = "submitter_plus"
    SUBMITTER = "submitter"


class NoKvkReason(StrEnum):
    """Why an administration has no KvK number."""

    NO_COMPANY = "no_company"
    TEST_OR_DEMO = "test_or_demo"


class WhoMustAct(StrEnum):
    """Who can end a failure."""

    CUSTOMER = "customer"
    US = "us"
    PROVIDER = "provider"


class ResourceName(StrEnum):
    """What can be synchronised of an administration."""

    LEDGER_ACCOUNT = "ledger_account"
    VAT_CODE = "vat_code"
    COST_CENTER = "cost_center"
    PROJECT = "project"
    CONTACT = "contact"
    JOURNAL = "journal"
    PERIOD = "period"
    CUSTOMER_INVOICE = "customer_invoice"
    SUPPLIER_INVOICE = "supplier_invoice"
    VOUCHER = "voucher"


class SyncMode(StrEnum):
    """Everything, or what changed since the watermark."""

    INCREMENTAL = "incremental"
    FULL = "full"


class SyncTrigger(StrEnum):
    """Who asked for a sync."""

    IMPORT = "import"
    SCHEDULE = "schedule"
    USER = "user"
    OPERATOR = "operator"
    SERVICE = "service"


class SyncOutcome(StrEnum):
    """How a run ended; success is never a default."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"


class Value(BaseModel):
    """Base of the values inside events: frozen, closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Sector(Value):
    """A sector of the Dutch standard classification; the letter means nothing without the version."""

    sbi_version: str = Field(description="The year of the classification (SBI), such as `2025`.")
    code: str = Field(description="The letter of the section, `A` to `V`.")


ORIGINS = (
    "network", "provider", "credential", "administration", "connection", "connection-svc", "sync", "configuration",
)  # fmt: skip
"""The parts that can fail."""


class Failure(Value):
    """Why something failed and who can end it."""

    origin: str = Field(
        description="The part that failed; `credential` is the login, `administration` the company at the provider.",
        json_schema_extra=known(*ORIGINS),
    )
    type: str = Field(description="The kind of failure, such as `rate_limited`; more kinds may come.")
    who_must_act: WhoMustAct = Field(description="Who can end it.")
    code: str = Field(description="What happened, as a stable word for programs, such as `provider_timeout`.")
    detail: str = Field(description="What happened, as a sentence for people.")
