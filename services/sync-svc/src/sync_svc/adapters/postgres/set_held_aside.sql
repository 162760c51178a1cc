-- Runs that a pause holds are looked at again in a minute, so that a look for work does not go through all of them. Nothing
-- depends on it: what is held is told by `held_run`, and the end of a pause takes its runs up at once.
-- From the pauses to their runs: it is done every second, and a long queue may have nothing to do with them.
with paused as materialized (
    select administration_id from held_administration
    union
    select administration_id from sync_pause where scope = 'resource'
), held as (
    select sync_run.run_id from paused join sync_run using (administration_id)
    where state in ('queued', 'deferred') and not_before <= now()
      and exists (select from held_run where held_run.run_id = sync_run.run_id offset 0)
    for update of sync_run skip locked
)
update sync_run set not_before = now() + interval '1 minute', waiting_for = 'pause'
from held where sync_run.run_id = held.run_id
