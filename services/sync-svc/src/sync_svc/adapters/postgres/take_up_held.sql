-- Runs that were set aside and that no pause holds any more.
with free as (
    select run_id from sync_run
    where state in ('queued', 'deferred') and waiting_for = 'pause'
      and not exists (select from held_run where held_run.run_id = sync_run.run_id)
    for update skip locked
)
update sync_run set not_before = now(), waiting_for = null
from free where sync_run.run_id = free.run_id
