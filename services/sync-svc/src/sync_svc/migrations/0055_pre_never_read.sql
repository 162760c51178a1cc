-- As before, but what was never read counts: a listing that every run since the import failed to read has no cursor, and the
-- others' would have passed for all. Which listings there are is known from the newest run of all that the policy names.
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
    select run_id from sync_run
    where sync_run.administration_id = administration.administration_id and state = 'finished'
      and (sync_run.resources is null or policy.resources <@ sync_run.resources)
      and exists (select from run_listing where run_listing.run_id = sync_run.run_id)
    order by run_id desc limit 1
) whole on true
left join lateral (
    select case when not exists (
        select from run_listing
        where run_listing.run_id = whole.run_id and run_listing.state <> 'unsupported'
          and (policy.resources is null or run_listing.resource = any(policy.resources))
          and not exists (select from sync_cursor
                          where sync_cursor.administration_id = administration.administration_id
                            and sync_cursor.listing = run_listing.listing)
    ) then min(moved_at) end as read_at from sync_cursor
    where sync_cursor.administration_id = administration.administration_id
      and (policy.resources is null or sync_cursor.resource = any(policy.resources))
) oldest on true
where administration.removed_reason is null and policy.enabled;
