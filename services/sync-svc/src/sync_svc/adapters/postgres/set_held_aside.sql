-- Runs that a pause holds are looked at again in a minute, so that a look for work does not go through all of them. Nothing
-- depends on it: what is held is told by `held_run`, and the end of a pause takes its runs up at once.
with held as (
    select run_id from sync_run
    where state in ('queued', 'deferred') and not_before <= now()
      and exists (select from held_run where held_run.run_id = sync_run.run_id)
    for update skip locked
)
update sync_run set not_before = now() + interval '1 minute', waiting_for = 'pause'
from held where sync_run.run_id = held.run_id
