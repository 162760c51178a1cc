-- How old an administration's data may get. `freshness_minutes`: as somebody set it; `usual_objective`: seconds, twice the
-- longest gap of the schedule, null where a process of the release before wrote the schedule: reckoned when it is due next.
alter table sync_policy
    add column freshness_minutes int check (freshness_minutes > 0),
    add column usual_objective   int check (usual_objective > 0);

-- Of administrations that synchronise by themselves: since when all that their policy names is read, and why that is not
-- enough now. The oldest listing counts: a sync of one resource makes no other fresh.
create view administration_freshness with (security_invoker = true) as
select administration.administration_id, administration.organisation_id, administration.provider,
       goal.seconds as objective_seconds, oldest.read_at,
       case
           when exists (select from held_administration held
                        where held.administration_id = administration.administration_id)
               or exists (select from sync_pause pause
                          where pause.scope = 'resource' and pause.administration_id = administration.administration_id
                            and (policy.resources is null or pause.resource = any(policy.resources))) then 'paused'
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

-- Each minute, by provider: how many administrations synchronise by themselves, and how many of them are fresh.
create table freshness_sample (
    provider        text        not null,
    at              timestamptz not null,
    administrations int         not null,
    met             int         not null,
    primary key (provider, at)
);
