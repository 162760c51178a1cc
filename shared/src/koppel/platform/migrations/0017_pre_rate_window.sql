-- The rate windows of providers, as this service counts its share of them. Whoever draws locks the row for one statement,
-- so all that is known of a window stands in it.

-- Calls are entries of three arrays. One with a lot is drawn and not settled: it counts until `until` (the last instant
-- at which such a call can be made) and a window's length longer, also when its worker died. One without a lot is calls that
-- were made, the last of them at `until`.
create table rate_window (
    provider    text          not null,
    name        text          not null,
    scope       text          not null,
    lots        uuid[]        not null default '{}',
    until       timestamptz[] not null default '{}',
    calls       int[]         not null default '{}',
    -- What the provider's own counters left when they were last told, less what was drawn since; until when that holds.
    left_calls  int,
    left_at     timestamptz,
    left_until  timestamptz,
    -- The provider's own number, while it tells a lower one than it documents.
    told_limit  int,
    -- Nothing is drawn before this: a call was refused for its number.
    empty_until timestamptz,
    -- When the provider begins a daily window anew, as its answers told.
    ends_at     timestamptz,
    -- As the service last drew on it, to show it: its share, and the provider's own limit.
    share       int           not null,
    "limit"     int           not null,
    seconds     int           not null,
    primary key (provider, name, scope)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 500);

-- Who spent what. `windows` names those that the calls counted for, to fill one that is missing.
create table call_spend (
    organisation_id   uuid        not null,
    administration_id uuid,
    provider          text        not null,
    endpoint          text        not null,
    hour              timestamptz not null,
    calls             int         not null,
    refused           int         not null default 0,
    last_at           timestamptz not null,
    windows           text[]      not null,
    constraint call_spend_key unique nulls not distinct (organisation_id, administration_id, provider, endpoint, hour)
);

create index call_spend_hour on call_spend (hour);

alter table call_spend enable row level security;
alter table call_spend force row level security;
create policy tenant on call_spend using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));
