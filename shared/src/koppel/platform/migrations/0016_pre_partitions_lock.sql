-- A lock for each schema's log: that of the whole database let one service's job wait for another's.
create or replace function ensure_event_log_partitions(days_ahead int) returns int
    language plpgsql security definer set search_path from current
as $$
declare
    made int := 0;
    day  date := (now() at time zone 'utc')::date - 1;
    name text;
begin
    perform pg_advisory_xact_lock(hashtext('ensure_event_log_partitions ' || current_schema()));
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
