-- In order of priority (`lane`); within one organisations take turns: one with n runs in work waits until the others have
-- as many. A run whose worker is alive is not looked at, nor is one that a pause holds.
with free as (
    select run_id, organisation_id, lane, requested_at, state from sync_run
    where state <> 'finished' and not_before <= $1
      and not exists (select from lease
                      where kind = $3 and subject = sync_run.run_id and expires_at > now())
      and (state <> 'queued' or not exists (
              select from sync_run in_work
              where in_work.administration_id = sync_run.administration_id
                and in_work.state in ('running', 'deferred')))
      and not exists (select from held_run where held_run.run_id = sync_run.run_id)
), busy as (
    select organisation_id, count(*) as runs from sync_run where state = 'running' group by organisation_id
)
select run_id, organisation_id, lane,
       coalesce(busy.runs, 0) + row_number() over (partition by organisation_id, lane order by requested_at) as turn
from free left join busy using (organisation_id)
order by lane, turn, requested_at
limit $2
