-- The event log, its stream heads and the pointers to what Kafka has not acknowledged yet.

-- The tenant rule of every policy. A transaction states whose rows it may see: one organisation's, or
-- 'system' (relay, consumers, jobs). Unset means nothing is visible.
create function koppel_visible(organisation uuid) returns boolean
    language sql stable parallel safe
    return current_setting('koppel.organisation', true) in ('system', organisation::text);

-- One row a stream; raising it locks the stream until commit, so versions have no gap and no inversion.
create table stream_head (
    topic   text   not null,
    key     text   not null,
    version bigint not null,
    primary key (topic, key)
) with (fillfactor = 80);

create table event_log (
    seq             bigint generated always as identity (cache 1),
    logged_on       date        not null default (now() at time zone 'utc')::date,
    event_id        uuid        not null,
    topic           text        not null,
    key             text        not null,
    version         bigint      not null,
    type            text        not null,
    organisation_id uuid        not null,
    occurred_at     timestamptz not null,
    correlation_id  uuid,
    causation_id    uuid,
    traceparent     text,
    payload         text        not null,
    primary key (seq, logged_on)
) partition by range (logged_on);

create index event_log_stream on event_log (topic, key, version);

alter table event_log enable row level security;
alter table event_log force row level security;
create policy tenant on event_log using (koppel_visible(organisation_id)) with check (koppel_visible(organisation_id));

-- A pointer lives from the event's commit until the broker acknowledged it. Aggressive vacuum: the table is
-- a queue, and its dead rows stand where every read begins.
create table outbox_pending (
    seq       bigint   primary key,
    logged_on date     not null,
    shard     smallint not null
) with (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

-- Partitions are made and dropped by the owner's functions: the app role has no DDL.
create function ensure_event_log_partitions(days_ahead int) returns int
    language plpgsql security definer set search_path from current
as $$
declare
    made int := 0;
    day  date := (now() at time zone 'utc')::date - 1;
    name text;
begin
    perform pg_advisory_xact_lock(hashtext('ensure_event_log_partitions'));
    while day <= (now() at time zone 'utc')::date + days_ahead loop
        name := 'event_log_' || to_char(day, 'YYYYMMDD');
        if to_regclass(format('%I', name)) is null then
            execute format('create table %I partition of event_log for values from (%L) to (%L)', name, day, day + 1);
            -- Row-level security stands on the parent only, so the parent is the only way in.
            execute format('revoke all on %I from %I', name, current_schema() || '_app');
            made := made + 1;
        end if;
        day := day + 1;
    end loop;
    return made;
end $$;

create function drop_event_log_partitions(older_than date) returns int
    language plpgsql security definer set search_path from current
as $$
declare
    dropped int := 0;
    part    record;
begin
    for part in
        select child.relname as name, to_date(right(child.relname, 8), 'YYYYMMDD') as day
        from pg_inherits
        join pg_class child on child.oid = inhrelid
        where inhparent = 'event_log'::regclass
    loop
        -- A day with an unacknowledged event stays, however old it is.
        continue when part.day >= older_than or exists (select 1 from outbox_pending where logged_on = part.day);
        execute format('drop table %I', part.name);
        dropped := dropped + 1;
    end loop;
    return dropped;
end $$;

select ensure_event_log_partitions(14);
