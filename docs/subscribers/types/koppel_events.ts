// Koppel's events as JSON.parse makes them of a record's value.
// Generated from the reader's schemas by `python -m koppel.contracts.gate write`; do not edit. Copy it to your own code.
// `Events` names the type that belongs to a `ce_type`.

/** An organisation started to link a provider; nobody has logged in yet. */
export interface ConnectionCreated {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The organisation's link to the provider. */
  connection_id: string;
  /** The accounting package, by its id. */
  provider: "eaccounting" | "exact_online" | "moneybird" | "snelstart" | (string & {});
  /** What the office calls the connection. */
  name: string;
  /** Who started it. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.) */
  created_by: string;
  /** When it was started. */
  created_at: string;
}

/** The company that a grant covers, as the provider names it. */
export interface Company {
  /** The provider's own id of the company. */
  external_id: string;
  /** The company's name at the provider. */
  name: string;
}

/** A person completed a login at the provider: the connection has one grant more, or one renewed. */
export interface ConnectionAuthorized {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The organisation's link to the provider. */
  connection_id: string;
  /** The accounting package, by its id. */
  provider: "eaccounting" | "exact_online" | "moneybird" | "snelstart" | (string & {});
  /** The login that is new or was renewed. */
  grant_id: string;
  /** The company that the login gives access to; null when the provider does not tell, or the login covers many. */
  company?: Company | null;
  /** What the provider allows with this login, in its own words. */
  scopes: string[];
  /** Who started the login round. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.) */
  authorized_by: string;
  /** When the provider's tokens were stored. */
  authorized_at: string;
}

/** A login was started and not finished in time. */
export interface AuthorizationExpired {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The organisation's link to the provider. */
  connection_id: string;
  /** The accounting package, by its id. */
  provider: "eaccounting" | "exact_online" | "moneybird" | "snelstart" | (string & {});
  /** The login round that was not finished. */
  authorization_id: string;
  /** When it was given up. */
  expired_at: string;
}

/** Who can end a failure. */
export type WhoMustAct = "customer" | "us" | "provider";

/** A grant still works and will die unless somebody acts: it could not be refreshed in time. Told when seven days are left, and again when one is. */
export interface ConnectionExpiring {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The organisation's link to the provider. */
  connection_id: string;
  /** The accounting package, by its id. */
  provider: "eaccounting" | "exact_online" | "moneybird" | "snelstart" | (string & {});
  /** The login that will die. */
  grant_id: string;
  /** When the provider ends it, unless it is refreshed before. */
  dies_at: string;
  /** Until when somebody must have acted: an hour before, so that a login begun then is finished in time. */
  act_by: string;
  /** Who can keep it alive. */
  who_must_act: WhoMustAct;
  /** When it was found to be dying. */
  told_at: string;
}

/** A grant no longer works; a person has to log in again. */
export interface ConnectionReauthorizationRequired {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The organisation's link to the provider. */
  connection_id: string;
  /** The accounting package, by its id. */
  provider: "eaccounting" | "exact_online" | "moneybird" | "snelstart" | (string & {});
  /** The login that no longer works. */
  grant_id: string;
  /** Why it stopped: `grant_invalid`: the provider refused it; `rotation_lost`: the provider may have replaced its token in an answer that never came; `no_refresh_token`: it ended and the provider gave nothing to renew it with; `login_taken_elsewhere`: the same person logged in again, and the provider keeps one login a person; `browser_mismatch`: a key was made in another browser than the one that asked for it. */
  reason: "grant_invalid" | "rotation_lost" | "no_refresh_token" | "login_taken_elsewhere" | "browser_mismatch" | (string & {});
  /** Who can make it work again. */
  who_must_act: WhoMustAct;
  /** When it was found not to work. */
  required_at: string;
}

/** Every grant of the connection that was not withdrawn works; `grant_id` is the one that works again since now, or that was told to be about to die and was renewed. */
export interface ConnectionRecovered {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The organisation's link to the provider. */
  connection_id: string;
  /** The accounting package, by its id. */
  provider: "eaccounting" | "exact_online" | "moneybird" | "snelstart" | (string & {});
  /** The login that was the last to work again, or that lives on. */
  grant_id: string;
  /** Since when. */
  recovered_at: string;
}

/** Access was withdrawn: at the provider, or by disconnecting. */
export interface ConnectionRevoked {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The organisation's link to the provider. */
  connection_id: string;
  /** The accounting package, by its id. */
  provider: "eaccounting" | "exact_online" | "moneybird" | "snelstart" | (string & {});
  /** The logins that no longer give access. */
  grant_ids: string[];
  /** Why: `disconnected`: the office deleted the connection. */
  reason: "disconnected" | (string & {});
  /** When access ended on our side. */
  revoked_at: string;
}

/** The connection is gone and its tokens are shredded. */
export interface ConnectionDeleted {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The organisation's link to the provider. */
  connection_id: string;
  /** The accounting package, by its id. */
  provider: "eaccounting" | "exact_online" | "moneybird" | "snelstart" | (string & {});
  /** The logins whose tokens are shredded. */
  grant_ids: string[];
  /** Who deleted it. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.) */
  deleted_by: string;
  /** When it was deleted. */
  deleted_at: string;
}

/** A company that the office has not imported is new behind a login: a daily look found it, which imports nothing. It is no administration yet, so the event stands in its connection's stream. */
export interface AdministrationFound {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The connection that it can be imported from. */
  connection_id: string;
  /** The login that shows it. */
  grant_id: string;
  /** The accounting package, by its id. */
  provider: "eaccounting" | "exact_online" | "moneybird" | "snelstart" | (string & {});
  /** The provider's own id of the company. */
  external_id: string;
  /** The company's name at the provider. */
  name: string;
  /** The KvK number that the provider gives; null when it gives none. */
  kvk_number?: string | null;
  /** What the provider says of it; only an active one can be imported. */
  status: "active" | "archived" | "suspended" | "blocked" | (string & {});
  /** When the look found it. */
  found_at: string;
}

/** Why an administration has no KvK number. */
export type NoKvkReason = "no_company" | "test_or_demo";

/** A sector of the Dutch standard classification; the letter means nothing without the version. */
export interface Sector {
  /** The year of the classification (SBI), such as `2025`. */
  sbi_version: string;
  /** The letter of the section, `A` to `V`. */
  code: string;
}

/** A company's books now belong to the organisation; the first fact of every administration. */
export interface AdministrationImported {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The imported books of one company. */
  administration_id: string;
  /** The connection that it is read through. */
  connection_id: string;
  /** The login that it is read with. */
  grant_id: string;
  /** The accounting package, by its id. */
  provider: "eaccounting" | "exact_online" | "moneybird" | "snelstart" | (string & {});
  /** The provider's own id of the company. */
  external_id: string;
  /** The company's name at the provider. */
  name: string;
  /** Its number in the Dutch trade register (KvK): eight digits; null when it has none or none is known. */
  kvk_number?: string | null;
  /** Why there is no KvK number; null when there is one, or when the sector alone was given. */
  no_kvk_reason?: NoKvkReason | null;
  /** What the company does; null when only the KvK number was given. */
  sector?: Sector | null;
  /** The import that it came with. */
  import_session_id: string;
  /** How many administrations that import brought, this one included: with so many of its events all are there. Null in events of before this field. */
  import_session_size?: number | null;
  /** Who confirmed the import. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.) */
  imported_by: string;
  /** When it was confirmed. */
  imported_at: string;
}

/** KvK number, reason or sector changed; all three are stated. */
export interface AdministrationProfileChanged {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The imported books of one company. */
  administration_id: string;
  /** Its number in the Dutch trade register (KvK): eight digits; null when it has none or none is known. */
  kvk_number?: string | null;
  /** Why there is no KvK number; null when there is one, or when the sector alone was given. */
  no_kvk_reason?: NoKvkReason | null;
  /** What the company does; null when only the KvK number was given. */
  sector?: Sector | null;
  /** Who changed it. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.) */
  changed_by: string;
  /** When it was changed. */
  changed_at: string;
}

/** The provider calls the company otherwise. */
export interface AdministrationRenamed {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The imported books of one company. */
  administration_id: string;
  /** The new name. */
  name: string;
  /** When we found it, at a discovery. */
  renamed_at: string;
}

/** Its login gives no access any more, and another one of the organisation does: reading goes on through that one. The administration and its records stay what they are. */
export interface AdministrationMoved {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The imported books of one company. */
  administration_id: string;
  /** The login that it was read with. */
  from_grant_id: string;
  /** The login that it is read with from now on. */
  to_grant_id: string;
  /** The connection of that login. */
  to_connection_id: string;
  /** Why the login before gives no access: `reauthorization_required`: somebody would have to log in again; `connection_revoked`: access was withdrawn, or the connection deleted. */
  reason: "reauthorization_required" | "connection_revoked" | (string & {});
  /** When it was moved. */
  moved_at: string;
}

/** The provider no longer shows the company to this grant. */
export interface AdministrationVanished {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The imported books of one company. */
  administration_id: string;
  /** Why it is taken for gone, as a code. */
  reason: string;
  /** When we found it. */
  vanished_at: string;
}

/** The administration left the organisation. */
export interface AdministrationRemoved {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The imported books of one company. */
  administration_id: string;
  /** Why: `removed_by_user`: the office removed it; `connection_deleted`: its connection was deleted. */
  reason: "removed_by_user" | "connection_deleted" | (string & {});
  /** Who removed it, or deleted its connection. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.) */
  removed_by: string;
  /** When it left. */
  removed_at: string;
}

/** The administration's whole assignment after the change. */
export interface AdministrationAssigned {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that people work on. */
  administration_id: string;
  /** The division (vestiging) of the office that it belongs to; null when none. */
  division_id?: string | null;
  /** The template that says how its work is done; null when none. */
  template_id?: string | null;
  /** Everybody who sees it, each once. */
  user_ids: string[];
  /** Why it is so: `default`: the rule for new administrations, all administrators; `plan`: a bulk plan. */
  rule: "default" | "plan" | (string & {});
  /** The plan that made it so; null when no plan did. */
  plan_id?: string | null;
  /** Who made it so. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.) */
  assigned_by: string;
  /** When it became so. */
  assigned_at: string;
}

/** Nobody and nothing is assigned any more. */
export interface AdministrationUnassigned {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that people work on. */
  administration_id: string;
  /** Why, as `AdministrationRemoved` says it. */
  reason: "removed_by_user" | "connection_deleted" | (string & {});
  /** Who or what ended it. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.) */
  unassigned_by: string;
  /** When it ended. */
  unassigned_at: string;
}

/** What can be synchronised of an administration. */
export type ResourceName = "ledger_account" | "vat_code" | "cost_center" | "project" | "contact" | "journal" | "period" | "customer_invoice" | "supplier_invoice" | "voucher";

/** Everything, or what changed since the watermark. */
export type SyncMode = "incremental" | "full";

/** Who asked for a sync. */
export type SyncTrigger = "import" | "schedule" | "user" | "operator" | "service";

/** Somebody asks for a sync; whoever asks, this is the one entrance (`koppel.sync-request.v1`). */
export interface SyncRequested {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The request; whoever asks makes it. */
  sync_request_id: string;
  /** The administration to synchronise. */
  administration_id: string;
  /** What to synchronise; null for everything that the provider offers. */
  resources?: ResourceName[] | null;
  /** `full` reads everything, `incremental` what changed since the last time. */
  mode: SyncMode;
  /** What made somebody ask. */
  trigger: SyncTrigger;
  /** Who asks. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.) */
  requested_by: string;
  /** When they asked. */
  requested_at: string;
}

/** A worker took the run up. */
export interface SyncStarted {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that is synchronised. */
  administration_id: string;
  /** The run: one synchronisation of one administration. */
  run_id: string;
  /** `full` reads everything, `incremental` what changed since the last time. */
  mode: SyncMode;
  /** What made somebody ask for it. */
  trigger: SyncTrigger;
  /** What it synchronises, in order of reading. */
  resources: ResourceName[];
  /** The requests that it answers: one or more. */
  sync_request_ids: string[];
  /** When the run first started; a run that waited goes on, it does not start. */
  started_at: string;
}

/** What a run did with one resource. Counts are records. */
export interface ResourceCount {
  /** The resource. */
  resource: ResourceName;
  /** How far it is; `unsupported`: the company's edition of the provider lacks it, which is no failure. */
  state: "waiting" | "running" | "done" | "failed" | "unsupported" | (string & {});
  /** Records that came from the provider. */
  fetched: number;
  /** Of those, new ones and those that differ from what we had. */
  changed: number;
  /** Records of ours that the provider no longer has. */
  deleted: number;
  /** Of those fetched, the ones that we had already. */
  unchanged: number;
  /** Of those fetched, the ones that could not be read. */
  failed: number;
  /** How many the provider says there are to fetch; null when it does not say. */
  total?: number | null;
  /** Why it was not read, or not wholly, as a code (`module_unavailable`, `cancelled`, that of a failure); null: it was, or is still to be. */
  reason?: string | null;
}

/** How far the run is; sent at most about once a second. */
export interface SyncProgressed {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that is synchronised. */
  administration_id: string;
  /** The run: one synchronisation of one administration. */
  run_id: string;
  /** Each resource so far, in order of reading. */
  resources: ResourceCount[];
  /** How much is done, 0 to 99: at 100 it has ended; null when nobody can say. */
  percent?: number | null;
  /** Seconds that the rest is likeliest to take, by the administration's runs before it; null when there were none. */
  eta_seconds?: number | null;
  /** When it was so far. */
  progressed_at: string;
}

/** Why something failed and who can end it. */
export interface Failure {
  /** The part that failed; `credential` is the login, `administration` the company at the provider. */
  origin: "network" | "provider" | "credential" | "administration" | "connection" | "connection-svc" | "sync" | "configuration" | (string & {});
  /** The kind of failure, such as `rate_limited`; more kinds may come. */
  type: string;
  /** Who can end it. */
  who_must_act: WhoMustAct;
  /** What happened, as a stable word for programs, such as `provider_timeout`. */
  code: string;
  /** What happened, as a sentence for people. */
  detail: string;
}

/** The run waits: for a limit of the provider, for another service, or for the end of a pause. Told once a wait. */
export interface SyncDeferred {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that is synchronised. */
  administration_id: string;
  /** The run: one synchronisation of one administration. */
  run_id: string;
  /** What it waits for. */
  failure: Failure;
  /** When it goes on at the earliest; that is at once where somebody has to log in. */
  until: string;
  /** When it was put off. */
  deferred_at: string;
}

/** How a run ended; success is never a default. */
export type SyncOutcome = "changed" | "unchanged" | "partial" | "failed" | "cancelled" | "abandoned";

/** The run did what it was asked: `changed`, `unchanged`, or `partial`. */
export interface SyncCompleted {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that is synchronised. */
  administration_id: string;
  /** The run: one synchronisation of one administration. */
  run_id: string;
  /** What came of each resource, in order of reading. */
  resources: ResourceCount[];
  /** Seconds from the run's start to its end, waits included, to the millisecond; 0 when it never started. */
  duration_seconds: number;
  /** When it ended. */
  finished_at: string;
  /** `changed`, `unchanged`, or `partial` when some of it failed; other ends have events of their own. */
  outcome: SyncOutcome;
  /** Changes that a whole reading found although their stamp lay before what increments had read; null: told by a version that did not count them. */
  missed_by_incremental?: number | null;
  /** So many seconds before what they have read increments ask from now on, because of such changes; the longest of the run's listings; null: it was not raised. */
  overlap_raised_to_seconds?: number | null;
}

/** The run could not do what it was asked. */
export interface SyncFailed {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that is synchronised. */
  administration_id: string;
  /** The run: one synchronisation of one administration. */
  run_id: string;
  /** What came of each resource, in order of reading. */
  resources: ResourceCount[];
  /** Seconds from the run's start to its end, waits included, to the millisecond; 0 when it never started. */
  duration_seconds: number;
  /** When it ended. */
  finished_at: string;
  /** Why it could not. */
  failure: Failure;
}

/** A person stopped the run. */
export interface SyncCancelled {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that is synchronised. */
  administration_id: string;
  /** The run: one synchronisation of one administration. */
  run_id: string;
  /** What came of each resource, in order of reading. */
  resources: ResourceCount[];
  /** Seconds from the run's start to its end, waits included, to the millisecond; 0 when it never started. */
  duration_seconds: number;
  /** When it ended. */
  finished_at: string;
  /** Who stopped it. A person is their UUID, a service its name, a handler `event:` and the id of the event that it handled. (The audit trail writes `person:` and `service:` before the first two.) Empty when that is not known. */
  cancelled_by: string;
}

/** The run's worker died too often or made no progress; it was ended for it. */
export interface SyncAbandoned {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that is synchronised. */
  administration_id: string;
  /** The run: one synchronisation of one administration. */
  run_id: string;
  /** What came of each resource, in order of reading. */
  resources: ResourceCount[];
  /** Seconds from the run's start to its end, waits included, to the millisecond; 0 when it never started. */
  duration_seconds: number;
  /** When it ended. */
  finished_at: string;
  /** Why it was ended. */
  failure: Failure;
}

/** A general ledger account; of a provider whose accounts belong to a fiscal year, one a year. */
export interface LedgerAccount {
  /** The account's number, as text. */
  number?: string | null;
  /** Its name. */
  name?: string | null;
  /** The fiscal year that it belongs to: the external id of a `period`. */
  fiscal_year_id?: string | null;
  /** The provider's own number of the account's type; compare it within one provider only. */
  type?: string | null;
  /** The type in words, in the company's language. */
  type_name?: string | null;
  /** Its code in a reference scheme of accounts, such as the Dutch RGS. */
  reference_code?: string | null;
  /** The VAT code that bookings get by default: the external id of a `vat_code`. */
  vat_code_id?: string | null;
  /** Whether it can be used. */
  is_active?: boolean | null;
  /** Whether only the provider itself books on it. */
  is_blocked_for_manual_booking?: boolean | null;
  /** When the provider says that it last changed. */
  modified_at?: string | null;
}

/** A VAT code. */
export interface VatCode {
  /** The code that people choose. */
  code?: string | null;
  /** What it is for. */
  description?: string | null;
  /** The rate as a fraction: `0.21` is 21 %. */
  rate?: string | null;
  /** Its part in the European One Stop Shop; a number of the provider's where it has no name yet. */
  oss_type?: "none" | "sales" | "vat" | (string & {}) | null;
}

/** One value of a cost centre. */
export interface CostCenterItem {
  /** The provider's own id; rows of invoices and vouchers name it in `cost_center_item_ids`. */
  id?: string | null;
  /** Its short name. */
  code?: string | null;
  /** Its name. */
  name?: string | null;
  /** Whether it can be used. */
  is_active?: boolean | null;
}

/** A cost centre: a dimension, with the values that rows can have in it. */
export interface CostCenter {
  /** Its number, as text. */
  number?: string | null;
  /** Its name. */
  name?: string | null;
  /** Whether it can be used. */
  is_active?: boolean | null;
  /** Its values. */
  items?: CostCenterItem[] | null;
}

/** A project that rows can be booked on. */
export interface Project {
  /** Its number, as text. */
  number?: string | null;
  /** Its name. */
  name?: string | null;
  /** Its first day. */
  start_date?: string | null;
  /** Its last day; null while it has none. */
  end_date?: string | null;
  /** The customer that it is for: the external id of a `contact`. */
  contact_id?: string | null;
  /** The customer's name when this was read. */
  contact_name?: string | null;
  /** What somebody wrote about it. */
  notes?: string | null;
  /** How far it is; a number of the provider's where it has no name yet. */
  status?: "ongoing" | "finished" | (string & {}) | null;
  /** When the provider says that it last changed. */
  modified_at?: string | null;
}

/** A postal address. */
export interface Address {
  /** Street and number. */
  line1?: string | null;
  /** A second line. */
  line2?: string | null;
  /** The postal code, as the provider writes it. */
  postal_code?: string | null;
  /** The town. */
  city?: string | null;
  /** The country, ISO 3166-1 alpha-2. */
  country?: string | null;
}

/** A customer or a supplier; who is both, is two contacts where the provider has two lists. */
export interface Contact {
  /** Which of the two. */
  kind?: "customer" | "supplier" | (string & {}) | null;
  /** The customer's or supplier's number, as text. */
  number?: string | null;
  /** The name. */
  name?: string | null;
  /** Whether it can be used. */
  is_active?: boolean | null;
  /** Whether it is a person and no company; null where the provider does not say so, as for suppliers. */
  is_private_person?: boolean | null;
  /** The number in the trade register of its country, as the provider holds it; in the Netherlands KvK. */
  registration_number?: string | null;
  /** The VAT identification number. */
  vat_number?: string | null;
  /** An e-mail address. */
  email?: string | null;
  /** A telephone number, as somebody typed it. */
  phone?: string | null;
  /** A mobile number, as somebody typed it. */
  mobile_phone?: string | null;
  /** A web address, as somebody typed it. */
  website?: string | null;
  /** The name of a person to ask for. */
  contact_person?: string | null;
  /** The bank account. */
  iban?: string | null;
  /** The currency of its invoices, ISO 4217. */
  currency?: string | null;
  /** The provider's own id of the terms of payment. */
  terms_of_payment_id?: string | null;
  /** What is open, in the company's currency. */
  unpaid_amount?: string | null;
  /** The day of the last invoice. */
  last_invoice_date?: string | null;
  /** When the provider says that it last changed. */
  modified_at?: string | null;
  /** Where invoices go. */
  address?: Address | null;
}

/** A journal (dagboek). No provider that Koppel speaks today has them. */
export interface Journal {
  /** Its number or code, as text. */
  number?: string | null;
  /** Its name. */
  name?: string | null;
}

/** A stretch of the bookkeeping's time. */
export interface Period {
  /** What it is. */
  kind?: "fiscal_year" | "period" | (string & {}) | null;
  /** Its first day. */
  start_date?: string | null;
  /** Its last day. */
  end_date?: string | null;
  /** Whether nothing more can be booked in it. */
  is_locked?: boolean | null;
  /** When income and costs count: at the invoice or at the payment; a number of the provider's where it has no name yet. */
  bookkeeping_method?: "invoicing" | "cash" | "no_bookkeeping" | (string & {}) | null;
}

/** One row of an invoice to a customer; amounts are in the invoice's currency. */
export interface CustomerInvoiceRow {
  /** The provider's own id of the row. */
  id?: string | null;
  /** Its place on the invoice. */
  line_number?: number | null;
  /** The provider's own id of the article; null when none. */
  article_id?: string | null;
  /** The article's number. */
  article_number?: string | null;
  /** What is sold, in words. */
  text?: string | null;
  /** Whether it is words alone, without an amount. */
  is_text_row?: boolean | null;
  /** How many. */
  quantity?: string | null;
  /** Of what, abbreviated. */
  unit?: string | null;
  /** The price of one. */
  unit_price?: string | null;
  /** The discount as a fraction: `0.1` is 10 %. */
  discount_percentage?: string | null;
  /** What the row comes to, as the invoice states it: with VAT when `includes_vat`. */
  amount?: string | null;
  /** What it comes to without VAT. */
  amount_without_vat?: string | null;
  /** The VAT rate as a fraction: `0.21` is 21 %. */
  vat_rate?: string | null;
  /** The values of cost centres, by their id. */
  cost_center_item_ids?: string[] | null;
  /** The project: the external id of a `project`. */
  project_id?: string | null;
}

/** An invoice to a customer. */
export interface CustomerInvoice {
  /** The invoice's number, as text. */
  number?: string | null;
  /** Whether it is a credit note. */
  is_credit?: boolean | null;
  /** The customer: the external id of a `contact`. */
  contact_id?: string | null;
  /** The customer's number when this was read. */
  contact_number?: string | null;
  /** The customer's name when this was read. */
  contact_name?: string | null;
  /** The day of the invoice. */
  invoice_date?: string | null;
  /** The day until which to pay. */
  due_date?: string | null;
  /** The day of delivery. */
  delivery_date?: string | null;
  /** The day of the last payment; null while there is none. */
  payment_date?: string | null;
  /** How far it is paid; a number of the provider's where it has no name yet. */
  payment_status?: "paid" | "unpaid" | "overdue" | (string & {}) | null;
  /** What to say when paying. */
  payment_reference?: string | null;
  /** The invoice's currency, ISO 4217. */
  currency?: string | null;
  /** What one unit of it is in the company's currency. */
  currency_rate?: string | null;
  /** The whole amount with VAT, in the company's currency. */
  total_amount?: string | null;
  /** The same in the invoice's currency. */
  total_amount_in_currency?: string | null;
  /** The VAT in it, in the company's currency. */
  vat_amount?: string | null;
  /** The same in the invoice's currency. */
  vat_amount_in_currency?: string | null;
  /** What was rounded, in the company's currency. */
  rounding?: string | null;
  /** What is open, in the company's currency. */
  remaining_amount?: string | null;
  /** The same in the invoice's currency. */
  remaining_amount_in_currency?: string | null;
  /** Whether prices on the rows are with VAT. */
  includes_vat?: boolean | null;
  /** Who to ask for at the company. */
  our_reference?: string | null;
  /** Who to ask for at the customer. */
  your_reference?: string | null;
  /** Its booking: the external id of a `voucher`; null while it is not booked. */
  voucher_id?: string | null;
  /** The number of its booking. */
  voucher_number?: string | null;
  /** When it was made at the provider. */
  created_at?: string | null;
  /** When the provider says that it last changed. */
  modified_at?: string | null;
  /** Its rows, in order. */
  rows?: CustomerInvoiceRow[] | null;
}

/** One row of the booking of a supplier's invoice; amounts are in the invoice's currency. */
export interface SupplierInvoiceRow {
  /** The provider's own id of the row. */
  id?: string | null;
  /** Its place. */
  line_number?: number | null;
  /** The ledger account: the external id of a `ledger_account`, where the provider's rows name no number. */
  account_id?: string | null;
  /** The ledger account, as text. */
  account_number?: string | null;
  /** The account's name when this was read. */
  account_name?: string | null;
  /** What is debited. */
  debit_amount?: string | null;
  /** What is credited. */
  credit_amount?: string | null;
  /** What it is for. */
  text?: string | null;
  /** The VAT code: the external id of a `vat_code`. */
  vat_code_id?: string | null;
  /** The VAT that belongs to the row. */
  vat_amount?: string | null;
  /** How many; null when nobody counts. */
  quantity?: string | null;
  /** The values of cost centres, by their id. */
  cost_center_item_ids?: string[] | null;
  /** The project: the external id of a `project`. */
  project_id?: string | null;
}

/** An invoice from a supplier. */
export interface SupplierInvoice {
  /** The supplier's number of the invoice. */
  number?: string | null;
  /** The company's own number of it, as text. */
  sequence_number?: string | null;
  /** The series of that number. */
  series?: string | null;
  /** Whether it is a credit note. */
  is_credit?: boolean | null;
  /** The supplier: the external id of a `contact`. */
  contact_id?: string | null;
  /** The supplier's number when this was read. */
  contact_number?: string | null;
  /** The supplier's name when this was read. */
  contact_name?: string | null;
  /** What it is; a number of the provider's where it has no name yet. */
  status?: "draft" | "normal" | "deleted" | "rejected" | (string & {}) | null;
  /** The day of the invoice. */
  invoice_date?: string | null;
  /** The day until which to pay. */
  due_date?: string | null;
  /** The day of the last payment; null while there is none. */
  payment_date?: string | null;
  /** How far it is paid; a number of the provider's where it has no name yet. */
  payment_status?: "unpaid" | "partially_paid_overdue" | "partially_paid" | "paid" | "overdue" | (string & {}) | null;
  /** What to say when paying. */
  payment_reference?: string | null;
  /** The invoice's currency, ISO 4217. */
  currency?: string | null;
  /** What one unit of it is in the company's currency. */
  currency_rate?: string | null;
  /** The whole amount with VAT, in the invoice's currency. */
  total_amount?: string | null;
  /** The VAT in it, in the invoice's currency. */
  vat_amount?: string | null;
  /** What is open, in the company's currency. */
  remaining_amount?: string | null;
  /** The same in the invoice's currency. */
  remaining_amount_in_currency?: string | null;
  /** Its booking: the external id of a `voucher`; null while it is not booked. */
  voucher_id?: string | null;
  /** The number of its booking. */
  voucher_number?: string | null;
  /** When it was made at the provider. */
  created_at?: string | null;
  /** When the provider says that it last changed. */
  modified_at?: string | null;
  /** Its rows, in order. */
  rows?: SupplierInvoiceRow[] | null;
}

/** One row of a voucher, in the company's currency. */
export interface VoucherRow {
  /** The ledger account: the external id of a `ledger_account`, where the provider's rows name no number. */
  account_id?: string | null;
  /** The ledger account, as text. */
  account_number?: string | null;
  /** The account's name when this was read. */
  account_name?: string | null;
  /** What is debited. */
  debit_amount?: string | null;
  /** What is credited. */
  credit_amount?: string | null;
  /** What it is for. */
  text?: string | null;
  /** The VAT code: the external id of a `vat_code`. */
  vat_code_id?: string | null;
  /** The VAT that belongs to the row. */
  vat_amount?: string | null;
  /** How many; null when nobody counts. */
  quantity?: string | null;
  /** The values of cost centres, by their id. */
  cost_center_item_ids?: string[] | null;
  /** The project: the external id of a `project`. */
  project_id?: string | null;
}

/** A booking: its rows' debits and credits are equal. */
export interface Voucher {
  /** The number with its series. */
  number?: string | null;
  /** The series. */
  series?: string | null;
  /** The number that it had elsewhere, where it was brought in from. */
  imported_number?: string | null;
  /** The day that it is booked on. */
  date?: string | null;
  /** What it is about. */
  text?: string | null;
  /** Where it comes from; a number of the provider's where it has no name yet. */
  type?: "manual" | "purchase_receipt" | "vat_report" | "opening_balance" | "sie_import" | "bank_transaction" | "supplier_invoice_debit" | "supplier_invoice_credit" | "customer_invoice_debit" | "customer_invoice_credit" | (string & {}) | null;
  /** The provider's own id of what it was booked for, such as an invoice. */
  source_id?: string | null;
  /** When it was made at the provider. */
  created_at?: string | null;
  /** When the provider says that it last changed. */
  modified_at?: string | null;
  /** Its rows, in order. */
  rows?: VoucherRow[] | null;
}

/** A record is new or differs; `resource` says which canonical fields `data` holds. */
export interface LedgerAccountChanged {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that the record belongs to. */
  administration_id: string;
  /** What kind of record it is. */
  resource: "ledger_account";
  /** The provider's own id of the record; unique within administration and resource. */
  external_id: string;
  /** Counts the record's changes from 1; the same as `ce_sequence`. */
  revision: number;
  /** The sync run that found it. */
  run_id: string;
  /** The record's canonical fields, the same for every provider; which, `resource` says. */
  data: LedgerAccount;
  /** When we stored the change. */
  changed_at: string;
}

/** A record is new or differs; `resource` says which canonical fields `data` holds. */
export interface VatCodeChanged {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that the record belongs to. */
  administration_id: string;
  /** What kind of record it is. */
  resource: "vat_code";
  /** The provider's own id of the record; unique within administration and resource. */
  external_id: string;
  /** Counts the record's changes from 1; the same as `ce_sequence`. */
  revision: number;
  /** The sync run that found it. */
  run_id: string;
  /** The record's canonical fields, the same for every provider; which, `resource` says. */
  data: VatCode;
  /** When we stored the change. */
  changed_at: string;
}

/** A record is new or differs; `resource` says which canonical fields `data` holds. */
export interface CostCenterChanged {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that the record belongs to. */
  administration_id: string;
  /** What kind of record it is. */
  resource: "cost_center";
  /** The provider's own id of the record; unique within administration and resource. */
  external_id: string;
  /** Counts the record's changes from 1; the same as `ce_sequence`. */
  revision: number;
  /** The sync run that found it. */
  run_id: string;
  /** The record's canonical fields, the same for every provider; which, `resource` says. */
  data: CostCenter;
  /** When we stored the change. */
  changed_at: string;
}

/** A record is new or differs; `resource` says which canonical fields `data` holds. */
export interface ProjectChanged {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that the record belongs to. */
  administration_id: string;
  /** What kind of record it is. */
  resource: "project";
  /** The provider's own id of the record; unique within administration and resource. */
  external_id: string;
  /** Counts the record's changes from 1; the same as `ce_sequence`. */
  revision: number;
  /** The sync run that found it. */
  run_id: string;
  /** The record's canonical fields, the same for every provider; which, `resource` says. */
  data: Project;
  /** When we stored the change. */
  changed_at: string;
}

/** A record is new or differs; `resource` says which canonical fields `data` holds. */
export interface ContactChanged {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that the record belongs to. */
  administration_id: string;
  /** What kind of record it is. */
  resource: "contact";
  /** The provider's own id of the record; unique within administration and resource. */
  external_id: string;
  /** Counts the record's changes from 1; the same as `ce_sequence`. */
  revision: number;
  /** The sync run that found it. */
  run_id: string;
  /** The record's canonical fields, the same for every provider; which, `resource` says. */
  data: Contact;
  /** When we stored the change. */
  changed_at: string;
}

/** A record is new or differs; `resource` says which canonical fields `data` holds. */
export interface JournalChanged {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that the record belongs to. */
  administration_id: string;
  /** What kind of record it is. */
  resource: "journal";
  /** The provider's own id of the record; unique within administration and resource. */
  external_id: string;
  /** Counts the record's changes from 1; the same as `ce_sequence`. */
  revision: number;
  /** The sync run that found it. */
  run_id: string;
  /** The record's canonical fields, the same for every provider; which, `resource` says. */
  data: Journal;
  /** When we stored the change. */
  changed_at: string;
}

/** A record is new or differs; `resource` says which canonical fields `data` holds. */
export interface PeriodChanged {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that the record belongs to. */
  administration_id: string;
  /** What kind of record it is. */
  resource: "period";
  /** The provider's own id of the record; unique within administration and resource. */
  external_id: string;
  /** Counts the record's changes from 1; the same as `ce_sequence`. */
  revision: number;
  /** The sync run that found it. */
  run_id: string;
  /** The record's canonical fields, the same for every provider; which, `resource` says. */
  data: Period;
  /** When we stored the change. */
  changed_at: string;
}

/** A record is new or differs; `resource` says which canonical fields `data` holds. */
export interface CustomerInvoiceChanged {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that the record belongs to. */
  administration_id: string;
  /** What kind of record it is. */
  resource: "customer_invoice";
  /** The provider's own id of the record; unique within administration and resource. */
  external_id: string;
  /** Counts the record's changes from 1; the same as `ce_sequence`. */
  revision: number;
  /** The sync run that found it. */
  run_id: string;
  /** The record's canonical fields, the same for every provider; which, `resource` says. */
  data: CustomerInvoice;
  /** When we stored the change. */
  changed_at: string;
}

/** A record is new or differs; `resource` says which canonical fields `data` holds. */
export interface SupplierInvoiceChanged {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that the record belongs to. */
  administration_id: string;
  /** What kind of record it is. */
  resource: "supplier_invoice";
  /** The provider's own id of the record; unique within administration and resource. */
  external_id: string;
  /** Counts the record's changes from 1; the same as `ce_sequence`. */
  revision: number;
  /** The sync run that found it. */
  run_id: string;
  /** The record's canonical fields, the same for every provider; which, `resource` says. */
  data: SupplierInvoice;
  /** When we stored the change. */
  changed_at: string;
}

/** A record is new or differs; `resource` says which canonical fields `data` holds. */
export interface VoucherChanged {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that the record belongs to. */
  administration_id: string;
  /** What kind of record it is. */
  resource: "voucher";
  /** The provider's own id of the record; unique within administration and resource. */
  external_id: string;
  /** Counts the record's changes from 1; the same as `ce_sequence`. */
  revision: number;
  /** The sync run that found it. */
  run_id: string;
  /** The record's canonical fields, the same for every provider; which, `resource` says. */
  data: Voucher;
  /** When we stored the change. */
  changed_at: string;
}

/** A record is new or differs; `resource` says which canonical fields `data` holds. */
export type RecordChanged = LedgerAccountChanged | VatCodeChanged | CostCenterChanged | ProjectChanged | ContactChanged | JournalChanged | PeriodChanged | CustomerInvoiceChanged | SupplierInvoiceChanged | VoucherChanged;

/** A record is gone at the provider: it says so, or complete listings lack it. */
export interface RecordDeleted {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The administration that the record belongs to. */
  administration_id: string;
  /** What kind of record it is. */
  resource: ResourceName;
  /** The provider's own id of the record; unique within administration and resource. */
  external_id: string;
  /** Counts the record's changes from 1; the same as `ce_sequence`. */
  revision: number;
  /** The sync run that found it. */
  run_id: string;
  /** When we took it for deleted. */
  deleted_at: string;
}

/** What a pause holds, from the narrowest to the widest. */
export type PauseScope = "resource" | "administration" | "grant" | "provider";

/** What ends a pause: somebody logs in again, a probe passes, or whichever comes first. */
export type ResumesWhen = "login" | "probe" | "login_or_probe";

/** The same cause came again and again: what it touches is not synchronised until the cause is gone. */
export interface SyncPaused {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** What is paused: a resource of an administration, an administration, all that is read with a login, or all that is read from a provider. */
  scope: PauseScope;
  /** Which: the id of the administration, the login or the provider; of a resource `administration/resource`. */
  id: string;
  /** The code of the failure that paused it, such as `company_blocked`; more codes may come. */
  cause: string;
  /** Who can end the cause. */
  who_must_act: WhoMustAct;
  /** Until when acting keeps the logins that it holds alive; null: no such moment is known. */
  act_by?: string | null;
  /** What ends it: `login`: somebody logs in again; `probe`: one sync that is tried now and then passes; `login_or_probe`: whichever comes first. */
  resumes_when: ResumesWhen;
  /** When it was paused. */
  at: string;
}

/** The pause is over; what it held is synchronised once, and then by its schedule again. */
export interface SyncResumed {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** What is paused: a resource of an administration, an administration, all that is read with a login, or all that is read from a provider. */
  scope: PauseScope;
  /** Which: the id of the administration, the login or the provider; of a resource `administration/resource`. */
  id: string;
  /** The code of the failure that paused it, such as `company_blocked`; more codes may come. */
  cause: string;
  /** Who can end the cause. */
  who_must_act: WhoMustAct;
  /** Until when acting keeps the logins that it holds alive; null: no such moment is known. */
  act_by?: string | null;
  /** What ends it: `login`: somebody logs in again; `probe`: one sync that is tried now and then passes; `login_or_probe`: whichever comes first. */
  resumes_when: ResumesWhen;
  /** What ended it: `login`, `probe`, or `removed`: nothing that it held is left. */
  reason: "login" | "probe" | "removed" | (string & {});
  /** When it ended. */
  at: string;
}

/** A consumer waits for versions of a stream that did not come; the topic's owner sends them on its replay topic. */
export interface GapFound {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** Who waits: its Kafka group, which also names the topic for what is missing. */
  consumer: string;
  /** The topic of the stream. */
  stream_topic: string;
  /** The key of the stream. */
  stream_key: string;
  /** The first version that is missing. */
  from_version: number;
  /** The last version that is missing. */
  to_version: number;
  /** When it was found. */
  found_at: string;
}

/** Events of one type that the consumer appends to its own log on account of a replay. */
export interface AppendedEvents {
  /** The type, as in `ce_type`. */
  type: string;
  /** How many. */
  events: number;
}

/** What a replay changes in one table of the consumer, in rows. */
export interface TableChanges {
  /** The table, in the consumer's own schema. */
  table: string;
  /** Rows that are inserted. */
  inserted: number;
  /** Rows that are updated, a row as often as it is. */
  updated: number;
  /** Rows that are deleted. */
  deleted: number;
}

/** How far a consumer is with one phase of a replay. Counts are those since the phase's first record. `position` of `total` records were dealt with. `applied`, `skipped`, `held` and `parked` are events, and in a dry run what would become of them; `events` are all that were counted, in `streams` streams; `changes` and `appends` are what they do to the consumer's tables and log. `moved` says why the rest of the replay is not applied: the consumer no longer stands where it stood in the dry run. */
export interface ReplayReported {
  /** The accountancy office that the event is about: the tenant. */
  organisation_id: string;
  /** The replay. */
  replay_id: string;
  /** Who reports: its Kafka group. */
  consumer: string;
  /** `rehearsal`, the dry run, tells what a run would do and leaves no effect; `run` does it. */
  phase: "rehearsal" | "run";
  /** How many records of the phase were dealt with. */
  position: number;
  /** How many records the phase has. */
  total: number;
  /** Events that were applied. */
  applied: number;
  /** Events that had been applied before. */
  skipped: number;
  /** Events that wait for an earlier one of their stream. */
  held: number;
  /** Events that could not be applied and wait for an operator. */
  parked: number;
  /** Streams that the counted events belong to. */
  streams: number;
  /** All events that were counted. */
  events: number;
  /** Rows of the consumer's own tables that the counted events change, by table; tables that stay as they are are left out. Null: not counted, by an older consumer. */
  changes?: TableChanges[] | null;
  /** Events that the consumer appends on account of the counted ones, by type. Null: not counted. */
  appends?: AppendedEvents[] | null;
  /** Whether some handlers were not run in the dry run, because their segment is longer than one transaction: then `changes` and `appends` are those of the others. Null: not known. */
  estimated?: boolean | null;
  /** Why the rest of the replay is not applied: the consumer no longer stands where it stood in the dry run. Null while it does. */
  moved?: string | null;
  /** When it was reported. */
  reported_at: string;
}

export interface Events {
  "nl.koppel.ConnectionCreated.v1": ConnectionCreated;
  "nl.koppel.ConnectionAuthorized.v1": ConnectionAuthorized;
  "nl.koppel.AuthorizationExpired.v1": AuthorizationExpired;
  "nl.koppel.ConnectionExpiring.v1": ConnectionExpiring;
  "nl.koppel.ConnectionReauthorizationRequired.v1": ConnectionReauthorizationRequired;
  "nl.koppel.ConnectionRecovered.v1": ConnectionRecovered;
  "nl.koppel.ConnectionRevoked.v1": ConnectionRevoked;
  "nl.koppel.ConnectionDeleted.v1": ConnectionDeleted;
  "nl.koppel.AdministrationFound.v1": AdministrationFound;
  "nl.koppel.AdministrationImported.v1": AdministrationImported;
  "nl.koppel.AdministrationProfileChanged.v1": AdministrationProfileChanged;
  "nl.koppel.AdministrationRenamed.v1": AdministrationRenamed;
  "nl.koppel.AdministrationMoved.v1": AdministrationMoved;
  "nl.koppel.AdministrationVanished.v1": AdministrationVanished;
  "nl.koppel.AdministrationRemoved.v1": AdministrationRemoved;
  "nl.koppel.AdministrationAssigned.v1": AdministrationAssigned;
  "nl.koppel.AdministrationUnassigned.v1": AdministrationUnassigned;
  "nl.koppel.SyncRequested.v1": SyncRequested;
  "nl.koppel.SyncStarted.v1": SyncStarted;
  "nl.koppel.SyncProgressed.v1": SyncProgressed;
  "nl.koppel.SyncDeferred.v1": SyncDeferred;
  "nl.koppel.SyncCompleted.v1": SyncCompleted;
  "nl.koppel.SyncFailed.v1": SyncFailed;
  "nl.koppel.SyncCancelled.v1": SyncCancelled;
  "nl.koppel.SyncAbandoned.v1": SyncAbandoned;
  "nl.koppel.RecordChanged.v1": RecordChanged;
  "nl.koppel.RecordDeleted.v1": RecordDeleted;
  "nl.koppel.SyncPaused.v1": SyncPaused;
  "nl.koppel.SyncResumed.v1": SyncResumed;
  "nl.koppel.GapFound.v1": GapFound;
  "nl.koppel.ReplayReported.v1": ReplayReported;
}
