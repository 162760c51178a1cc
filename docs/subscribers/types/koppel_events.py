"""Koppel's events as typed dictionaries: what `json.loads` makes of a record's value.

Generated from the reader's schemas by `python -m koppel.contracts.gate write`; do not edit. Copy it to your own code:
it needs Python 3.11 and nothing else. `EVENTS` names the type that belongs to a `ce_type`.
"""
# fmt: off

from typing import Any, Literal, NotRequired, TypedDict


class ConnectionCreated(TypedDict):
    """An organisation started to link a provider; nobody has logged in yet."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    connection_id: str
    """The organisation's link to the provider."""
    provider: Literal["eaccounting", "exact_online", "moneybird", "snelstart"] | str
    """The accounting package, by its id."""
    name: str
    """What the office calls the connection."""
    created_by: str
    """Who started it. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.)"""
    created_at: str
    """When it was started."""


class Company(TypedDict):
    """The company that a grant covers, as the provider names it."""

    external_id: str
    """The provider's own id of the company."""
    name: str
    """The company's name at the provider."""


class ConnectionAuthorized(TypedDict):
    """A person completed a login at the provider: the connection has one grant more, or one renewed."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    connection_id: str
    """The organisation's link to the provider."""
    provider: Literal["eaccounting", "exact_online", "moneybird", "snelstart"] | str
    """The accounting package, by its id."""
    grant_id: str
    """The login that is new or was renewed."""
    company: NotRequired[Company | None]
    """The company that the login gives access to; null when the provider does not tell, or the login covers many."""
    scopes: list[str]
    """What the provider allows with this login, in its own words."""
    authorized_by: str
    """Who started the login round. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.)"""
    authorized_at: str
    """When the provider's tokens were stored."""


class AuthorizationExpired(TypedDict):
    """A login was started and not finished in time."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    connection_id: str
    """The organisation's link to the provider."""
    provider: Literal["eaccounting", "exact_online", "moneybird", "snelstart"] | str
    """The accounting package, by its id."""
    authorization_id: str
    """The login round that was not finished."""
    expired_at: str
    """When it was given up."""


WhoMustAct = Literal["customer", "us", "provider"]
"""Who can end a failure."""


class ConnectionExpiring(TypedDict):
    """A grant still works and will die unless somebody acts: it could not be refreshed in time. Told when seven days are left, and again when one is."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    connection_id: str
    """The organisation's link to the provider."""
    provider: Literal["eaccounting", "exact_online", "moneybird", "snelstart"] | str
    """The accounting package, by its id."""
    grant_id: str
    """The login that will die."""
    dies_at: str
    """When the provider ends it, unless it is refreshed before."""
    act_by: str
    """Until when somebody must have acted: an hour before, so that a login begun then is finished in time."""
    who_must_act: WhoMustAct
    """Who can keep it alive."""
    told_at: str
    """When it was found to be dying."""


class ConnectionReauthorizationRequired(TypedDict):
    """A grant no longer works; a person has to log in again."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    connection_id: str
    """The organisation's link to the provider."""
    provider: Literal["eaccounting", "exact_online", "moneybird", "snelstart"] | str
    """The accounting package, by its id."""
    grant_id: str
    """The login that no longer works."""
    reason: Literal["grant_invalid", "rotation_lost", "no_refresh_token", "login_taken_elsewhere", "browser_mismatch"] | str
    """Why it stopped: `grant_invalid`: the provider refused it; `rotation_lost`: the provider may have replaced its token in an answer that never came; `no_refresh_token`: it ended and the provider gave nothing to renew it with; `login_taken_elsewhere`: the same person logged in again, and the provider keeps one login a person; `browser_mismatch`: a key was made in another browser than the one that asked for it."""
    who_must_act: WhoMustAct
    """Who can make it work again."""
    required_at: str
    """When it was found not to work."""


class ConnectionRecovered(TypedDict):
    """Every grant of the connection that was not withdrawn works; `grant_id` is the one that works again since now, or that was told to be about to die and was renewed."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    connection_id: str
    """The organisation's link to the provider."""
    provider: Literal["eaccounting", "exact_online", "moneybird", "snelstart"] | str
    """The accounting package, by its id."""
    grant_id: str
    """The login that was the last to work again, or that lives on."""
    recovered_at: str
    """Since when."""


class ConnectionRevoked(TypedDict):
    """Access was withdrawn: at the provider, or by disconnecting."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    connection_id: str
    """The organisation's link to the provider."""
    provider: Literal["eaccounting", "exact_online", "moneybird", "snelstart"] | str
    """The accounting package, by its id."""
    grant_ids: list[str]
    """The logins that no longer give access."""
    reason: Literal["disconnected"] | str
    """Why: `disconnected`: the office deleted the connection."""
    revoked_at: str
    """When access ended on our side."""


class ConnectionDeleted(TypedDict):
    """The connection is gone and its tokens are shredded."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    connection_id: str
    """The organisation's link to the provider."""
    provider: Literal["eaccounting", "exact_online", "moneybird", "snelstart"] | str
    """The accounting package, by its id."""
    grant_ids: list[str]
    """The logins whose tokens are shredded."""
    deleted_by: str
    """Who deleted it. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.)"""
    deleted_at: str
    """When it was deleted."""


class AdministrationFound(TypedDict):
    """A company that the office has not imported is new behind a login: a daily look found it, which imports nothing. It is no administration yet, so the event stands in its connection's stream."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    connection_id: str
    """The connection that it can be imported from."""
    grant_id: str
    """The login that shows it."""
    provider: Literal["eaccounting", "exact_online", "moneybird", "snelstart"] | str
    """The accounting package, by its id."""
    external_id: str
    """The provider's own id of the company."""
    name: str
    """The company's name at the provider."""
    kvk_number: NotRequired[str | None]
    """The KvK number that the provider gives; null when it gives none."""
    status: Literal["active", "archived", "suspended", "blocked"] | str
    """What the provider says of it; only an active one can be imported."""
    found_at: str
    """When the look found it."""


NoKvkReason = Literal["no_company", "test_or_demo"]
"""Why an administration has no KvK number."""


class Sector(TypedDict):
    """A sector of the Dutch standard classification; the letter means nothing without the version."""

    sbi_version: str
    """The year of the classification (SBI), such as `2025`."""
    code: str
    """The letter of the section, `A` to `V`."""


class AdministrationImported(TypedDict):
    """A company's books now belong to the organisation; the first fact of every administration."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The imported books of one company."""
    connection_id: str
    """The connection that it is read through."""
    grant_id: str
    """The login that it is read with."""
    provider: Literal["eaccounting", "exact_online", "moneybird", "snelstart"] | str
    """The accounting package, by its id."""
    external_id: str
    """The provider's own id of the company."""
    name: str
    """The company's name at the provider."""
    kvk_number: NotRequired[str | None]
    """Its number in the Dutch trade register (KvK): eight digits; null when it has none or none is known."""
    no_kvk_reason: NotRequired[NoKvkReason | None]
    """Why there is no KvK number; null when there is one, or when the sector alone was given."""
    sector: NotRequired[Sector | None]
    """What the company does; null when only the KvK number was given."""
    import_session_id: str
    """The import that it came with."""
    import_session_size: NotRequired[int | None]
    """How many administrations that import brought, this one included: with so many of its events all are there. Null in events of before this field."""
    imported_by: str
    """Who confirmed the import. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.)"""
    imported_at: str
    """When it was confirmed."""


class AdministrationProfileChanged(TypedDict):
    """KvK number, reason or sector changed; all three are stated."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The imported books of one company."""
    kvk_number: NotRequired[str | None]
    """Its number in the Dutch trade register (KvK): eight digits; null when it has none or none is known."""
    no_kvk_reason: NotRequired[NoKvkReason | None]
    """Why there is no KvK number; null when there is one, or when the sector alone was given."""
    sector: NotRequired[Sector | None]
    """What the company does; null when only the KvK number was given."""
    changed_by: str
    """Who changed it. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.)"""
    changed_at: str
    """When it was changed."""


class AdministrationRenamed(TypedDict):
    """The provider calls the company otherwise."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The imported books of one company."""
    name: str
    """The new name."""
    renamed_at: str
    """When we found it, at a discovery."""


class AdministrationMoved(TypedDict):
    """Its login gives no access any more, and another one of the organisation does: reading goes on through that one. The administration and its records stay what they are."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The imported books of one company."""
    from_grant_id: str
    """The login that it was read with."""
    to_grant_id: str
    """The login that it is read with from now on."""
    to_connection_id: str
    """The connection of that login."""
    reason: Literal["reauthorization_required", "connection_revoked"] | str
    """Why the login before gives no access: `reauthorization_required`: somebody would have to log in again; `connection_revoked`: access was withdrawn, or the connection deleted."""
    moved_at: str
    """When it was moved."""


class AdministrationVanished(TypedDict):
    """The provider no longer shows the company to this grant."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The imported books of one company."""
    reason: str
    """Why it is taken for gone, as a code."""
    vanished_at: str
    """When we found it."""


class AdministrationRemoved(TypedDict):
    """The administration left the organisation."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The imported books of one company."""
    reason: Literal["removed_by_user", "connection_deleted"] | str
    """Why: `removed_by_user`: the office removed it; `connection_deleted`: its connection was deleted."""
    removed_by: str
    """Who removed it, or deleted its connection. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.)"""
    removed_at: str
    """When it left."""


class AdministrationAssigned(TypedDict):
    """The administration's whole assignment after the change."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that people work on."""
    division_id: NotRequired[str | None]
    """The division (vestiging) of the office that it belongs to; null when none."""
    template_id: NotRequired[str | None]
    """The template that says how its work is done; null when none."""
    user_ids: list[str]
    """Everybody who sees it, each once."""
    rule: Literal["default", "plan"] | str
    """Why it is so: `default`: the rule for new administrations, all administrators; `plan`: a bulk plan."""
    plan_id: NotRequired[str | None]
    """The plan that made it so; null when no plan did."""
    assigned_by: str
    """Who made it so. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.)"""
    assigned_at: str
    """When it became so."""


class AdministrationUnassigned(TypedDict):
    """Nobody and nothing is assigned any more."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that people work on."""
    reason: Literal["removed_by_user", "connection_deleted"] | str
    """Why, as `AdministrationRemoved` says it."""
    unassigned_by: str
    """Who or what ended it. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.)"""
    unassigned_at: str
    """When it ended."""


ResourceName = Literal["ledger_account", "vat_code", "cost_center", "project", "contact", "journal", "period", "customer_invoice", "supplier_invoice", "voucher"]
"""What can be synchronised of an administration."""


SyncMode = Literal["incremental", "full"]
"""Everything, or what changed since the watermark."""


SyncTrigger = Literal["import", "schedule", "user", "operator", "service"]
"""Who asked for a sync."""


class SyncRequested(TypedDict):
    """Somebody asks for a sync; whoever asks, this is the one entrance (`koppel.sync-request.v1`)."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    sync_request_id: str
    """The request; whoever asks makes it."""
    administration_id: str
    """The administration to synchronise."""
    resources: NotRequired[list[ResourceName] | None]
    """What to synchronise; null for everything that the provider offers."""
    mode: SyncMode
    """`full` reads everything, `incremental` what changed since the last time."""
    trigger: SyncTrigger
    """What made somebody ask."""
    requested_by: str
    """Who asks. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.)"""
    requested_at: str
    """When they asked."""


class SyncStarted(TypedDict):
    """A worker took the run up."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that is synchronised."""
    run_id: str
    """The run: one synchronisation of one administration."""
    mode: SyncMode
    """`full` reads everything, `incremental` what changed since the last time."""
    trigger: SyncTrigger
    """What made somebody ask for it."""
    resources: list[ResourceName]
    """What it synchronises, in order of reading."""
    sync_request_ids: list[str]
    """The requests that it answers: one or more."""
    started_at: str
    """When the run first started; a run that waited goes on, it does not start."""


class ResourceCount(TypedDict):
    """What a run did with one resource. Counts are records."""

    resource: ResourceName
    """The resource."""
    state: Literal["waiting", "running", "done", "failed", "unsupported"] | str
    """How far it is; `unsupported`: the company's edition of the provider lacks it, which is no failure."""
    fetched: int
    """Records that came from the provider."""
    changed: int
    """Of those, new ones and those that differ from what we had."""
    deleted: int
    """Records of ours that the provider no longer has."""
    unchanged: int
    """Of those fetched, the ones that we had already."""
    failed: int
    """Of those fetched, the ones that could not be read."""
    total: NotRequired[int | None]
    """How many the provider says there are to fetch; null when it does not say."""
    reason: NotRequired[str | None]
    """Why it was not read, or not wholly, as a code (`module_unavailable`, `cancelled`, that of a failure); null: it was, or is still to be."""


class SyncProgressed(TypedDict):
    """How far the run is; sent at most about once a second."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that is synchronised."""
    run_id: str
    """The run: one synchronisation of one administration."""
    resources: list[ResourceCount]
    """Each resource so far, in order of reading."""
    percent: NotRequired[int | None]
    """How much is done, 0 to 99: at 100 it has ended; null when nobody can say."""
    eta_seconds: NotRequired[int | None]
    """Seconds that the rest is likeliest to take, by the administration's runs before it; null when there were none."""
    progressed_at: str
    """When it was so far."""


class Failure(TypedDict):
    """Why something failed and who can end it."""

    origin: Literal["network", "provider", "credential", "administration", "connection", "connection-svc", "sync", "configuration"] | str
    """The part that failed; `credential` is the login, `administration` the company at the provider."""
    type: str
    """The kind of failure, such as `rate_limited`; more kinds may come."""
    who_must_act: WhoMustAct
    """Who can end it."""
    code: str
    """What happened, as a stable word for programs, such as `provider_timeout`."""
    detail: str
    """What happened, as a sentence for people."""


class SyncDeferred(TypedDict):
    """The run waits: for a limit of the provider, for another service, or for the end of a pause. Told once a wait."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that is synchronised."""
    run_id: str
    """The run: one synchronisation of one administration."""
    failure: Failure
    """What it waits for."""
    until: str
    """When it goes on at the earliest; that is at once where somebody has to log in."""
    deferred_at: str
    """When it was put off."""


SyncOutcome = Literal["changed", "unchanged", "partial", "failed", "cancelled", "abandoned"]
"""How a run ended; success is never a default."""


class SyncCompleted(TypedDict):
    """The run did what it was asked: `changed`, `unchanged`, or `partial`."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that is synchronised."""
    run_id: str
    """The run: one synchronisation of one administration."""
    resources: list[ResourceCount]
    """What came of each resource, in order of reading."""
    duration_seconds: float
    """Seconds from the run's start to its end, waits included, to the millisecond; 0 when it never started."""
    finished_at: str
    """When it ended."""
    outcome: SyncOutcome
    """`changed`, `unchanged`, or `partial` when some of it failed; other ends have events of their own."""
    missed_by_incremental: NotRequired[int | None]
    """Changes that a whole reading found although their stamp lay before what increments had read; null: told by a version that did not count them."""
    overlap_raised_to_seconds: NotRequired[int | None]
    """So many seconds before what they have read increments ask from now on, because of such changes; the longest of the run's listings; null: it was not raised."""


class SyncFailed(TypedDict):
    """The run could not do what it was asked."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that is synchronised."""
    run_id: str
    """The run: one synchronisation of one administration."""
    resources: list[ResourceCount]
    """What came of each resource, in order of reading."""
    duration_seconds: float
    """Seconds from the run's start to its end, waits included, to the millisecond; 0 when it never started."""
    finished_at: str
    """When it ended."""
    failure: Failure
    """Why it could not."""


class SyncCancelled(TypedDict):
    """A person stopped the run."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that is synchronised."""
    run_id: str
    """The run: one synchronisation of one administration."""
    resources: list[ResourceCount]
    """What came of each resource, in order of reading."""
    duration_seconds: float
    """Seconds from the run's start to its end, waits included, to the millisecond; 0 when it never started."""
    finished_at: str
    """When it ended."""
    cancelled_by: str
    """Who stopped it. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.) Empty when that is not known."""


class SyncAbandoned(TypedDict):
    """The run's worker died too often or made no progress; it was ended for it."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that is synchronised."""
    run_id: str
    """The run: one synchronisation of one administration."""
    resources: list[ResourceCount]
    """What came of each resource, in order of reading."""
    duration_seconds: float
    """Seconds from the run's start to its end, waits included, to the millisecond; 0 when it never started."""
    finished_at: str
    """When it ended."""
    failure: Failure
    """Why it was ended."""


class LedgerAccount(TypedDict):
    """A general ledger account; of a provider whose accounts belong to a fiscal year, one a year."""

    number: NotRequired[str | None]
    """The account's number, as text."""
    name: NotRequired[str | None]
    """Its name."""
    fiscal_year_id: NotRequired[str | None]
    """The fiscal year that it belongs to: the external id of a `period`."""
    type: NotRequired[str | None]
    """The provider's own number of the account's type; compare it within one provider only."""
    type_name: NotRequired[str | None]
    """The type in words, in the company's language."""
    reference_code: NotRequired[str | None]
    """Its code in a reference scheme of accounts, such as the Dutch RGS."""
    vat_code_id: NotRequired[str | None]
    """The VAT code that bookings get by default: the external id of a `vat_code`."""
    is_active: NotRequired[bool | None]
    """Whether it can be used."""
    is_blocked_for_manual_booking: NotRequired[bool | None]
    """Whether only the provider itself books on it."""
    modified_at: NotRequired[str | None]
    """When the provider says that it last changed."""


class VatCode(TypedDict):
    """A VAT code."""

    code: NotRequired[str | None]
    """The code that people choose."""
    description: NotRequired[str | None]
    """What it is for."""
    rate: NotRequired[str | None]
    """The rate as a fraction: `0.21` is 21 %."""
    oss_type: NotRequired[Literal["none", "sales", "vat"] | str | None]
    """Its part in the European One Stop Shop; a number of the provider's where it has no name yet."""


class CostCenterItem(TypedDict):
    """One value of a cost centre."""

    id: NotRequired[str | None]
    """The provider's own id; rows of invoices and vouchers name it in `cost_center_item_ids`."""
    code: NotRequired[str | None]
    """Its short name."""
    name: NotRequired[str | None]
    """Its name."""
    is_active: NotRequired[bool | None]
    """Whether it can be used."""


class CostCenter(TypedDict):
    """A cost centre: a dimension, with the values that rows can have in it."""

    number: NotRequired[str | None]
    """Its number, as text."""
    name: NotRequired[str | None]
    """Its name."""
    is_active: NotRequired[bool | None]
    """Whether it can be used."""
    items: NotRequired[list[CostCenterItem] | None]
    """Its values."""


class Project(TypedDict):
    """A project that rows can be booked on."""

    number: NotRequired[str | None]
    """Its number, as text."""
    name: NotRequired[str | None]
    """Its name."""
    start_date: NotRequired[str | None]
    """Its first day."""
    end_date: NotRequired[str | None]
    """Its last day; null while it has none."""
    contact_id: NotRequired[str | None]
    """The customer that it is for: the external id of a `contact`."""
    contact_name: NotRequired[str | None]
    """The customer's name when this was read."""
    notes: NotRequired[str | None]
    """What somebody wrote about it."""
    status: NotRequired[Literal["ongoing", "finished"] | str | None]
    """How far it is; a number of the provider's where it has no name yet."""
    modified_at: NotRequired[str | None]
    """When the provider says that it last changed."""


class Address(TypedDict):
    """A postal address."""

    line1: NotRequired[str | None]
    """Street and number."""
    line2: NotRequired[str | None]
    """A second line."""
    postal_code: NotRequired[str | None]
    """The postal code, as the provider writes it."""
    city: NotRequired[str | None]
    """The town."""
    country: NotRequired[str | None]
    """The country, ISO 3166-1 alpha-2."""


class Contact(TypedDict):
    """A customer or a supplier; who is both, is two contacts where the provider has two lists."""

    kind: NotRequired[Literal["customer", "supplier"] | str | None]
    """Which of the two."""
    number: NotRequired[str | None]
    """The customer's or supplier's number, as text."""
    name: NotRequired[str | None]
    """The name."""
    is_active: NotRequired[bool | None]
    """Whether it can be used."""
    is_private_person: NotRequired[bool | None]
    """Whether it is a person and no company; null where the provider does not say so, as for suppliers."""
    registration_number: NotRequired[str | None]
    """The number in the trade register of its country, as the provider holds it; in the Netherlands KvK."""
    vat_number: NotRequired[str | None]
    """The VAT identification number."""
    email: NotRequired[str | None]
    """An e-mail address."""
    phone: NotRequired[str | None]
    """A telephone number, as somebody typed it."""
    mobile_phone: NotRequired[str | None]
    """A mobile number, as somebody typed it."""
    website: NotRequired[str | None]
    """A web address, as somebody typed it."""
    contact_person: NotRequired[str | None]
    """The name of a person to ask for."""
    iban: NotRequired[str | None]
    """The bank account."""
    currency: NotRequired[str | None]
    """The currency of its invoices, ISO 4217."""
    terms_of_payment_id: NotRequired[str | None]
    """The provider's own id of the terms of payment."""
    unpaid_amount: NotRequired[str | None]
    """What is open, in the company's currency."""
    last_invoice_date: NotRequired[str | None]
    """The day of the last invoice."""
    modified_at: NotRequired[str | None]
    """When the provider says that it last changed."""
    address: NotRequired[Address | None]
    """Where invoices go."""


class Journal(TypedDict):
    """A journal (dagboek). No provider that Koppel speaks today has them."""

    number: NotRequired[str | None]
    """Its number or code, as text."""
    name: NotRequired[str | None]
    """Its name."""


class Period(TypedDict):
    """A stretch of the bookkeeping's time."""

    kind: NotRequired[Literal["fiscal_year", "period"] | str | None]
    """What it is."""
    start_date: NotRequired[str | None]
    """Its first day."""
    end_date: NotRequired[str | None]
    """Its last day."""
    is_locked: NotRequired[bool | None]
    """Whether nothing more can be booked in it."""
    bookkeeping_method: NotRequired[Literal["invoicing", "cash", "no_bookkeeping"] | str | None]
    """When income and costs count: at the invoice or at the payment; a number of the provider's where it has no name yet."""


class CustomerInvoiceRow(TypedDict):
    """One row of an invoice to a customer; amounts are in the invoice's currency."""

    id: NotRequired[str | None]
    """The provider's own id of the row."""
    line_number: NotRequired[int | None]
    """Its place on the invoice."""
    article_id: NotRequired[str | None]
    """The provider's own id of the article; null when none."""
    article_number: NotRequired[str | None]
    """The article's number."""
    text: NotRequired[str | None]
    """What is sold, in words."""
    is_text_row: NotRequired[bool | None]
    """Whether it is words alone, without an amount."""
    quantity: NotRequired[str | None]
    """How many."""
    unit: NotRequired[str | None]
    """Of what, abbreviated."""
    unit_price: NotRequired[str | None]
    """The price of one."""
    discount_percentage: NotRequired[str | None]
    """The discount as a fraction: `0.1` is 10 %."""
    amount: NotRequired[str | None]
    """What the row comes to, as the invoice states it: with VAT when `includes_vat`."""
    amount_without_vat: NotRequired[str | None]
    """What it comes to without VAT."""
    vat_rate: NotRequired[str | None]
    """The VAT rate as a fraction: `0.21` is 21 %."""
    cost_center_item_ids: NotRequired[list[str] | None]
    """The values of cost centres, by their id."""
    project_id: NotRequired[str | None]
    """The project: the external id of a `project`."""


class CustomerInvoice(TypedDict):
    """An invoice to a customer."""

    number: NotRequired[str | None]
    """The invoice's number, as text."""
    is_credit: NotRequired[bool | None]
    """Whether it is a credit note."""
    contact_id: NotRequired[str | None]
    """The customer: the external id of a `contact`."""
    contact_number: NotRequired[str | None]
    """The customer's number when this was read."""
    contact_name: NotRequired[str | None]
    """The customer's name when this was read."""
    invoice_date: NotRequired[str | None]
    """The day of the invoice."""
    due_date: NotRequired[str | None]
    """The day until which to pay."""
    delivery_date: NotRequired[str | None]
    """The day of delivery."""
    payment_date: NotRequired[str | None]
    """The day of the last payment; null while there is none."""
    payment_status: NotRequired[Literal["paid", "unpaid", "overdue"] | str | None]
    """How far it is paid; a number of the provider's where it has no name yet."""
    payment_reference: NotRequired[str | None]
    """What to say when paying."""
    currency: NotRequired[str | None]
    """The invoice's currency, ISO 4217."""
    currency_rate: NotRequired[str | None]
    """What one unit of it is in the company's currency."""
    total_amount: NotRequired[str | None]
    """The whole amount with VAT, in the company's currency."""
    total_amount_in_currency: NotRequired[str | None]
    """The same in the invoice's currency."""
    vat_amount: NotRequired[str | None]
    """The VAT in it, in the company's currency."""
    vat_amount_in_currency: NotRequired[str | None]
    """The same in the invoice's currency."""
    rounding: NotRequired[str | None]
    """What was rounded, in the company's currency."""
    remaining_amount: NotRequired[str | None]
    """What is open, in the company's currency."""
    remaining_amount_in_currency: NotRequired[str | None]
    """The same in the invoice's currency."""
    includes_vat: NotRequired[bool | None]
    """Whether prices on the rows are with VAT."""
    our_reference: NotRequired[str | None]
    """Who to ask for at the company."""
    your_reference: NotRequired[str | None]
    """Who to ask for at the customer."""
    voucher_id: NotRequired[str | None]
    """Its booking: the external id of a `voucher`; null while it is not booked."""
    voucher_number: NotRequired[str | None]
    """The number of its booking."""
    created_at: NotRequired[str | None]
    """When it was made at the provider."""
    modified_at: NotRequired[str | None]
    """When the provider says that it last changed."""
    rows: NotRequired[list[CustomerInvoiceRow] | None]
    """Its rows, in order."""


class SupplierInvoiceRow(TypedDict):
    """One row of the booking of a supplier's invoice; amounts are in the invoice's currency."""

    id: NotRequired[str | None]
    """The provider's own id of the row."""
    line_number: NotRequired[int | None]
    """Its place."""
    account_id: NotRequired[str | None]
    """The ledger account: the external id of a `ledger_account`, where the provider's rows name no number."""
    account_number: NotRequired[str | None]
    """The ledger account, as text."""
    account_name: NotRequired[str | None]
    """The account's name when this was read."""
    debit_amount: NotRequired[str | None]
    """What is debited."""
    credit_amount: NotRequired[str | None]
    """What is credited."""
    text: NotRequired[str | None]
    """What it is for."""
    vat_code_id: NotRequired[str | None]
    """The VAT code: the external id of a `vat_code`."""
    vat_amount: NotRequired[str | None]
    """The VAT that belongs to the row."""
    quantity: NotRequired[str | None]
    """How many; null when nobody counts."""
    cost_center_item_ids: NotRequired[list[str] | None]
    """The values of cost centres, by their id."""
    project_id: NotRequired[str | None]
    """The project: the external id of a `project`."""


class SupplierInvoice(TypedDict):
    """An invoice from a supplier."""

    number: NotRequired[str | None]
    """The supplier's number of the invoice."""
    sequence_number: NotRequired[str | None]
    """The company's own number of it, as text."""
    series: NotRequired[str | None]
    """The series of that number."""
    is_credit: NotRequired[bool | None]
    """Whether it is a credit note."""
    contact_id: NotRequired[str | None]
    """The supplier: the external id of a `contact`."""
    contact_number: NotRequired[str | None]
    """The supplier's number when this was read."""
    contact_name: NotRequired[str | None]
    """The supplier's name when this was read."""
    status: NotRequired[Literal["draft", "normal", "deleted", "rejected"] | str | None]
    """What it is; a number of the provider's where it has no name yet."""
    invoice_date: NotRequired[str | None]
    """The day of the invoice."""
    due_date: NotRequired[str | None]
    """The day until which to pay."""
    payment_date: NotRequired[str | None]
    """The day of the last payment; null while there is none."""
    payment_status: NotRequired[Literal["unpaid", "partially_paid_overdue", "partially_paid", "paid", "overdue"] | str | None]
    """How far it is paid; a number of the provider's where it has no name yet."""
    payment_reference: NotRequired[str | None]
    """What to say when paying."""
    currency: NotRequired[str | None]
    """The invoice's currency, ISO 4217."""
    currency_rate: NotRequired[str | None]
    """What one unit of it is in the company's currency."""
    total_amount: NotRequired[str | None]
    """The whole amount with VAT, in the invoice's currency."""
    vat_amount: NotRequired[str | None]
    """The VAT in it, in the invoice's currency."""
    remaining_amount: NotRequired[str | None]
    """What is open, in the company's currency."""
    remaining_amount_in_currency: NotRequired[str | None]
    """The same in the invoice's currency."""
    voucher_id: NotRequired[str | None]
    """Its booking: the external id of a `voucher`; null while it is not booked."""
    voucher_number: NotRequired[str | None]
    """The number of its booking."""
    created_at: NotRequired[str | None]
    """When it was made at the provider."""
    modified_at: NotRequired[str | None]
    """When the provider says that it last changed."""
    rows: NotRequired[list[SupplierInvoiceRow] | None]
    """Its rows, in order."""


class VoucherRow(TypedDict):
    """One row of a voucher, in the company's currency."""

    account_id: NotRequired[str | None]
    """The ledger account: the external id of a `ledger_account`, where the provider's rows name no number."""
    account_number: NotRequired[str | None]
    """The ledger account, as text."""
    account_name: NotRequired[str | None]
    """The account's name when this was read."""
    debit_amount: NotRequired[str | None]
    """What is debited."""
    credit_amount: NotRequired[str | None]
    """What is credited."""
    text: NotRequired[str | None]
    """What it is for."""
    vat_code_id: NotRequired[str | None]
    """The VAT code: the external id of a `vat_code`."""
    vat_amount: NotRequired[str | None]
    """The VAT that belongs to the row."""
    quantity: NotRequired[str | None]
    """How many; null when nobody counts."""
    cost_center_item_ids: NotRequired[list[str] | None]
    """The values of cost centres, by their id."""
    project_id: NotRequired[str | None]
    """The project: the external id of a `project`."""


class Voucher(TypedDict):
    """A booking: its rows' debits and credits are equal."""

    number: NotRequired[str | None]
    """The number with its series."""
    series: NotRequired[str | None]
    """The series."""
    imported_number: NotRequired[str | None]
    """The number that it had elsewhere, where it was brought in from."""
    date: NotRequired[str | None]
    """The day that it is booked on."""
    text: NotRequired[str | None]
    """What it is about."""
    type: NotRequired[Literal["manual", "purchase_receipt", "vat_report", "opening_balance", "sie_import", "bank_transaction", "supplier_invoice_debit", "supplier_invoice_credit", "customer_invoice_debit", "customer_invoice_credit"] | str | None]
    """Where it comes from; a number of the provider's where it has no name yet."""
    source_id: NotRequired[str | None]
    """The provider's own id of what it was booked for, such as an invoice."""
    created_at: NotRequired[str | None]
    """When it was made at the provider."""
    modified_at: NotRequired[str | None]
    """When the provider says that it last changed."""
    rows: NotRequired[list[VoucherRow] | None]
    """Its rows, in order."""


class LedgerAccountChanged(TypedDict):
    """A record is new or differs; `resource` says which canonical fields `data` holds."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that the record belongs to."""
    resource: Literal["ledger_account"]
    """What kind of record it is."""
    external_id: str
    """The provider's own id of the record; unique within administration and resource."""
    revision: int
    """Counts the record's changes from 1; the same as `ce_sequence`."""
    run_id: str
    """The sync run that found it."""
    data: LedgerAccount
    """The record's canonical fields, the same for every provider; which, `resource` says."""
    changed_at: str
    """When we stored the change."""


class VatCodeChanged(TypedDict):
    """A record is new or differs; `resource` says which canonical fields `data` holds."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that the record belongs to."""
    resource: Literal["vat_code"]
    """What kind of record it is."""
    external_id: str
    """The provider's own id of the record; unique within administration and resource."""
    revision: int
    """Counts the record's changes from 1; the same as `ce_sequence`."""
    run_id: str
    """The sync run that found it."""
    data: VatCode
    """The record's canonical fields, the same for every provider; which, `resource` says."""
    changed_at: str
    """When we stored the change."""


class CostCenterChanged(TypedDict):
    """A record is new or differs; `resource` says which canonical fields `data` holds."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that the record belongs to."""
    resource: Literal["cost_center"]
    """What kind of record it is."""
    external_id: str
    """The provider's own id of the record; unique within administration and resource."""
    revision: int
    """Counts the record's changes from 1; the same as `ce_sequence`."""
    run_id: str
    """The sync run that found it."""
    data: CostCenter
    """The record's canonical fields, the same for every provider; which, `resource` says."""
    changed_at: str
    """When we stored the change."""


class ProjectChanged(TypedDict):
    """A record is new or differs; `resource` says which canonical fields `data` holds."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that the record belongs to."""
    resource: Literal["project"]
    """What kind of record it is."""
    external_id: str
    """The provider's own id of the record; unique within administration and resource."""
    revision: int
    """Counts the record's changes from 1; the same as `ce_sequence`."""
    run_id: str
    """The sync run that found it."""
    data: Project
    """The record's canonical fields, the same for every provider; which, `resource` says."""
    changed_at: str
    """When we stored the change."""


class ContactChanged(TypedDict):
    """A record is new or differs; `resource` says which canonical fields `data` holds."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that the record belongs to."""
    resource: Literal["contact"]
    """What kind of record it is."""
    external_id: str
    """The provider's own id of the record; unique within administration and resource."""
    revision: int
    """Counts the record's changes from 1; the same as `ce_sequence`."""
    run_id: str
    """The sync run that found it."""
    data: Contact
    """The record's canonical fields, the same for every provider; which, `resource` says."""
    changed_at: str
    """When we stored the change."""


class JournalChanged(TypedDict):
    """A record is new or differs; `resource` says which canonical fields `data` holds."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that the record belongs to."""
    resource: Literal["journal"]
    """What kind of record it is."""
    external_id: str
    """The provider's own id of the record; unique within administration and resource."""
    revision: int
    """Counts the record's changes from 1; the same as `ce_sequence`."""
    run_id: str
    """The sync run that found it."""
    data: Journal
    """The record's canonical fields, the same for every provider; which, `resource` says."""
    changed_at: str
    """When we stored the change."""


class PeriodChanged(TypedDict):
    """A record is new or differs; `resource` says which canonical fields `data` holds."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that the record belongs to."""
    resource: Literal["period"]
    """What kind of record it is."""
    external_id: str
    """The provider's own id of the record; unique within administration and resource."""
    revision: int
    """Counts the record's changes from 1; the same as `ce_sequence`."""
    run_id: str
    """The sync run that found it."""
    data: Period
    """The record's canonical fields, the same for every provider; which, `resource` says."""
    changed_at: str
    """When we stored the change."""


class CustomerInvoiceChanged(TypedDict):
    """A record is new or differs; `resource` says which canonical fields `data` holds."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that the record belongs to."""
    resource: Literal["customer_invoice"]
    """What kind of record it is."""
    external_id: str
    """The provider's own id of the record; unique within administration and resource."""
    revision: int
    """Counts the record's changes from 1; the same as `ce_sequence`."""
    run_id: str
    """The sync run that found it."""
    data: CustomerInvoice
    """The record's canonical fields, the same for every provider; which, `resource` says."""
    changed_at: str
    """When we stored the change."""


class SupplierInvoiceChanged(TypedDict):
    """A record is new or differs; `resource` says which canonical fields `data` holds."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that the record belongs to."""
    resource: Literal["supplier_invoice"]
    """What kind of record it is."""
    external_id: str
    """The provider's own id of the record; unique within administration and resource."""
    revision: int
    """Counts the record's changes from 1; the same as `ce_sequence`."""
    run_id: str
    """The sync run that found it."""
    data: SupplierInvoice
    """The record's canonical fields, the same for every provider; which, `resource` says."""
    changed_at: str
    """When we stored the change."""


class VoucherChanged(TypedDict):
    """A record is new or differs; `resource` says which canonical fields `data` holds."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that the record belongs to."""
    resource: Literal["voucher"]
    """What kind of record it is."""
    external_id: str
    """The provider's own id of the record; unique within administration and resource."""
    revision: int
    """Counts the record's changes from 1; the same as `ce_sequence`."""
    run_id: str
    """The sync run that found it."""
    data: Voucher
    """The record's canonical fields, the same for every provider; which, `resource` says."""
    changed_at: str
    """When we stored the change."""


RecordChanged = LedgerAccountChanged | VatCodeChanged | CostCenterChanged | ProjectChanged | ContactChanged | JournalChanged | PeriodChanged | CustomerInvoiceChanged | SupplierInvoiceChanged | VoucherChanged
"""A record is new or differs; `resource` says which canonical fields `data` holds."""


class RecordDeleted(TypedDict):
    """A record is gone at the provider: it says so, or complete listings lack it."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    administration_id: str
    """The administration that the record belongs to."""
    resource: ResourceName
    """What kind of record it is."""
    external_id: str
    """The provider's own id of the record; unique within administration and resource."""
    revision: int
    """Counts the record's changes from 1; the same as `ce_sequence`."""
    run_id: str
    """The sync run that found it."""
    deleted_at: str
    """When we took it for deleted."""


PauseScope = Literal["resource", "administration", "grant", "provider"]
"""What a pause holds, from the narrowest to the widest."""


ResumesWhen = Literal["login", "probe", "login_or_probe"]
"""What ends a pause: somebody logs in again, a probe passes, or whichever comes first."""


class SyncPaused(TypedDict):
    """The same cause came again and again: what it touches is not synchronised until the cause is gone."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    scope: PauseScope
    """What is paused: a resource of an administration, an administration, all that is read with a login, or all that is read from a provider."""
    id: str
    """Which: the id of the administration, the login or the provider; of a resource `administration/resource`."""
    cause: str
    """The code of the failure that paused it, such as `company_blocked`; more codes may come."""
    who_must_act: WhoMustAct
    """Who can end the cause."""
    act_by: NotRequired[str | None]
    """Until when acting keeps the logins that it holds alive; null: no such moment is known."""
    resumes_when: ResumesWhen
    """What ends it: `login`: somebody logs in again; `probe`: one sync that is tried now and then passes; `login_or_probe`: whichever comes first."""
    at: str
    """When it was paused."""


class SyncResumed(TypedDict):
    """The pause is over; what it held is synchronised once, and then by its schedule again."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    scope: PauseScope
    """What is paused: a resource of an administration, an administration, all that is read with a login, or all that is read from a provider."""
    id: str
    """Which: the id of the administration, the login or the provider; of a resource `administration/resource`."""
    cause: str
    """The code of the failure that paused it, such as `company_blocked`; more codes may come."""
    who_must_act: WhoMustAct
    """Who can end the cause."""
    act_by: NotRequired[str | None]
    """Until when acting keeps the logins that it holds alive; null: no such moment is known."""
    resumes_when: ResumesWhen
    """What ends it: `login`: somebody logs in again; `probe`: one sync that is tried now and then passes; `login_or_probe`: whichever comes first."""
    reason: Literal["login", "probe", "removed"] | str
    """What ended it: `login`, `probe`, or `removed`: nothing that it held is left."""
    at: str
    """When it ended."""


class GapFound(TypedDict):
    """A consumer waits for versions of a stream that did not come; the topic's owner sends them on its replay topic."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    consumer: str
    """Who waits: its Kafka group, which also names the topic for what is missing."""
    stream_topic: str
    """The topic of the stream."""
    stream_key: str
    """The key of the stream."""
    from_version: int
    """The first version that is missing."""
    to_version: int
    """The last version that is missing."""
    found_at: str
    """When it was found."""


class AppendedEvents(TypedDict):
    """Events of one type that the consumer appends to its own log on account of a replay."""

    type: str
    """The type, as in `ce_type`."""
    events: int
    """How many."""


class TableChanges(TypedDict):
    """What a replay changes in one table of the consumer, in rows."""

    table: str
    """The table, in the consumer's own schema."""
    inserted: int
    """Rows that are inserted."""
    updated: int
    """Rows that are updated, a row as often as it is."""
    deleted: int
    """Rows that are deleted."""


class ReplayReported(TypedDict):
    """How far a consumer is with one phase of a replay. Counts are those since the phase's first record. `position` of `total` records were dealt with. `applied`, `skipped`, `held` and `parked` are events, and in a dry run what would become of them; `events` are all that were counted, in `streams` streams; `changes` and `appends` are what they do to the consumer's tables and log. `moved` says why the rest of the replay is not applied: the consumer no longer stands where it stood in the dry run."""

    organisation_id: str
    """The accountancy office that the event is about: the tenant."""
    replay_id: str
    """The replay."""
    consumer: str
    """Who reports: its Kafka group."""
    phase: Literal["rehearsal", "run"]
    """`rehearsal`, the dry run, tells what a run would do and leaves no effect; `run` does it."""
    position: int
    """How many records of the phase were dealt with."""
    total: int
    """How many records the phase has."""
    applied: int
    """Events that were applied."""
    skipped: int
    """Events that had been applied before."""
    held: int
    """Events that wait for an earlier one of their stream."""
    parked: int
    """Events that could not be applied and wait for an operator."""
    streams: int
    """Streams that the counted events belong to."""
    events: int
    """All events that were counted."""
    changes: NotRequired[list[TableChanges] | None]
    """Rows of the consumer's own tables that the counted events change, by table; tables that stay as they are are left out. Null: not counted, by an older consumer."""
    appends: NotRequired[list[AppendedEvents] | None]
    """Events that the consumer appends on account of the counted ones, by type. Null: not counted."""
    estimated: NotRequired[bool | None]
    """Whether some handlers were not run in the dry run, because their segment is longer than one transaction: then `changes` and `appends` are those of the others. Null: not known."""
    moved: NotRequired[str | None]
    """Why the rest of the replay is not applied: the consumer no longer stands where it stood in the dry run. Null while it does."""
    reported_at: str
    """When it was reported."""


EVENTS: dict[str, Any] = {
    "nl.koppel.ConnectionCreated.v1": ConnectionCreated,
    "nl.koppel.ConnectionAuthorized.v1": ConnectionAuthorized,
    "nl.koppel.AuthorizationExpired.v1": AuthorizationExpired,
    "nl.koppel.ConnectionExpiring.v1": ConnectionExpiring,
    "nl.koppel.ConnectionReauthorizationRequired.v1": ConnectionReauthorizationRequired,
    "nl.koppel.ConnectionRecovered.v1": ConnectionRecovered,
    "nl.koppel.ConnectionRevoked.v1": ConnectionRevoked,
    "nl.koppel.ConnectionDeleted.v1": ConnectionDeleted,
    "nl.koppel.AdministrationFound.v1": AdministrationFound,
    "nl.koppel.AdministrationImported.v1": AdministrationImported,
    "nl.koppel.AdministrationProfileChanged.v1": AdministrationProfileChanged,
    "nl.koppel.AdministrationRenamed.v1": AdministrationRenamed,
    "nl.koppel.AdministrationMoved.v1": AdministrationMoved,
    "nl.koppel.AdministrationVanished.v1": AdministrationVanished,
    "nl.koppel.AdministrationRemoved.v1": AdministrationRemoved,
    "nl.koppel.AdministrationAssigned.v1": AdministrationAssigned,
    "nl.koppel.AdministrationUnassigned.v1": AdministrationUnassigned,
    "nl.koppel.SyncRequested.v1": SyncRequested,
    "nl.koppel.SyncStarted.v1": SyncStarted,
    "nl.koppel.SyncProgressed.v1": SyncProgressed,
    "nl.koppel.SyncDeferred.v1": SyncDeferred,
    "nl.koppel.SyncCompleted.v1": SyncCompleted,
    "nl.koppel.SyncFailed.v1": SyncFailed,
    "nl.koppel.SyncCancelled.v1": SyncCancelled,
    "nl.koppel.SyncAbandoned.v1": SyncAbandoned,
    "nl.koppel.RecordChanged.v1": RecordChanged,
    "nl.koppel.RecordDeleted.v1": RecordDeleted,
    "nl.koppel.SyncPaused.v1": SyncPaused,
    "nl.koppel.SyncResumed.v1": SyncResumed,
    "nl.koppel.GapFound.v1": GapFound,
    "nl.koppel.ReplayReported.v1": ReplayReported,
}
