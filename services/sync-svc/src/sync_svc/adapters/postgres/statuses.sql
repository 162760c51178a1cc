-- How the data of many administrations stands, without their resources.
select administration.administration_id, last.outcome, last.seconds, brought.at as last_synced_at, policy.next_due_at
from administration
left join lateral (
    select outcome, extract(epoch from finished_at - started_at)::float as seconds from sync_run
    where administration_id = administration.administration_id and state = 'finished'
    order by finished_at desc limit 1
) last on true
left join lateral (
    select max(finished_at) as at from sync_run
    where administration_id = administration.administration_id and outcome in ('changed', 'unchanged', 'partial')
) brought on true
left join sync_policy policy on policy.administration_id = administration.administration_id and policy.enabled
where administration.organisation_id = $1 and administration.removed_reason is null
  and ($2::uuid is null or administration.import_session_id = $2)
  and ($3::uuid is null or administration.administration_id > $3)
  and ($5::boolean is null or $5 = (
      exists (select from held_administration held where held.administration_id = administration.administration_id)
      or exists (select from sync_pause pause where pause.administration_id = administration.administration_id)))
order by administration.administration_id limit $4
