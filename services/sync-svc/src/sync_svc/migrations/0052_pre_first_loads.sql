-- As before, but for first loads: data that is not there yet is late when the administration is here for longer than its
-- objective, and not from its first moment on.
create or replace view administration_freshness with (security_invoker = true) as
select administration.administration_id, administration.organisation_id, administration.provider,
       goal.seconds as objective_seconds, oldest.read_at,
       case
           when exists (select from held_administration held
                        where held.administration_id = administration.administration_id)
               or exists (select from sync_pause pause
                          where pause.scope = 'resource' and pause.administration_id = administration.administration_id
                            and (policy.resources is null or pause.resource = any(policy.resources))) then 'paused'
           when oldest.read_at is null and administration.imported_at >= now() - make_interval(secs => goal.seconds) then null
           when oldest.read_at is null then 'never_synced'
           when oldest.read_at < now() - make_interval(secs => goal.seconds) then 'late'
       end as unmet
from administration
join sync_policy policy using (administration_id)
cross join lateral (
    select coalesce(policy.freshness_minutes * 60, policy.usual_objective, policy.interval_minutes * 120) as seconds
) goal
left join lateral (
    select min(moved_at) as read_at from sync_cursor
    where sync_cursor.administration_id = administration.administration_id
      and (policy.resources is null or sync_cursor.resource = any(policy.resources))
) oldest on true
where administration.removed_reason is null and policy.enabled;
