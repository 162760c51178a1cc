-- How the data of many administrations stands, without their resources: in the order that $6 names, from behind $3.
with status as (
    select administration.administration_id, administration.organisation_id, administration.name,
           administration.provider, last.outcome, last.seconds,
           brought.at as last_synced_at, policy.next_due_at,
           case ltrim($6::text, '-')
               when 'name' then lower(coalesce(administration.name, ''))
               when 'last_synced_at' then to_char(brought.at at time zone 'UTC', 'YYYYMMDDHH24MISSUS')
           end as key
    from administration
    left join lateral (
        select outcome, extract(epoch from finished_at - started_at)::float as seconds from sync_run
        where administration_id = administration.administration_id and state = 'finished'
        order by finished_at desc limit 1
    ) last on true
    left join lateral (
        select max(finished_at) as at from sync_run
        where administration_id = administration.administration_id
          and outcome in ('changed', 'unchanged', 'partial')
    ) brought on true
    left join sync_policy policy
        on policy.administration_id = administration.administration_id and policy.enabled
    where ($1::uuid is null or administration.organisation_id = $1) and administration.removed_reason is null
      and ($2::uuid is null or administration.import_session_id = $2)
      and ($5::boolean is null or $5 = (
          exists (select from held_administration held
                  where held.administration_id = administration.administration_id)
          or exists (select from sync_pause pause
                     where pause.administration_id = administration.administration_id)))
      and ($7::text is null or strpos(lower(administration.name), lower($7)) > 0)
      and ($8::text is null or last.outcome = $8)
      and ($9::uuid[] is null or administration.administration_id = any ($9))
      and ($6::text is not null or $3::uuid is null or administration.administration_id > $3)
), place as (
    select coalesce(key, '') as key from status where administration_id = $3
)
select status.* from status
where $6::text is null or $3::uuid is null or case
    when $6 like '-%' then (coalesce(status.key, ''), status.administration_id) < (select key, $3 from place)
    else (coalesce(status.key, ''), status.administration_id) > (select key, $3 from place)
end
order by case when $6 like '-%' then coalesce(status.key, '') end desc,
         case when $6 not like '-%' then coalesce(status.key, '') end,
         case when $6 like '-%' then status.administration_id end desc, status.administration_id
limit $4
