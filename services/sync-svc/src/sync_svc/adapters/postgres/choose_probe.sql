-- Whom to try: what nothing else holds. At every other probe one that waits already comes first, so that neither a person
-- waits for longer than needed nor one administration that never works keeps all others held.
select administration.organisation_id, administration.administration_id, policy.resources,
       waiting.run_id is not null as waits
from administration
left join connection_grant using (organisation_id, grant_id)
left join sync_policy policy using (organisation_id, administration_id)
left join lateral (
    select run_id, lane, requested_at from sync_run
    where sync_run.administration_id = administration.administration_id and state in ('queued', 'deferred')
    order by lane, requested_at limit 1
) waiting on true
where administration.removed_reason is null and coalesce(connection_grant.state, 'active') = 'active'
  and case $1::text
      when 'provider' then administration.provider = $2
      when 'grant' then grant_id::text = $2
      else administration.administration_id::text = split_part($2, '/', 1)
  end
  and (policy.enabled or waiting.run_id is not null)
  and not exists (
      select from held_administration held
      where held.administration_id = administration.administration_id and (held.scope, held.id) <> ($1, $2))
order by case when $3::int % 2 = 0 then waiting.lane end, case when $3 % 2 = 0 then waiting.requested_at end,
         md5(administration.administration_id::text || $3)
limit 1
