-- What a run that waits has prepared already, and until when that holds: an epoch that was checked, feeds of removals that
-- were read. Before, a run whose window allows a call or two checked the epoch again and again and read no page. It takes
-- the place of prepared_at, which said all or nothing and is written by nobody any more.
alter table sync_run
    add column prepared_parts text[] not null default '{}',
    add column prepared_from timestamptz;
