-- Logins that wait for a person, those that hold up most first. An administration's sync is held up while its schedule
-- would ask for it, or a run of it waits.
with waiting as (
    select connection_grant.*, held.administrations, held.syncs
    from connection_grant
    cross join lateral (
        select count(*)::int as administrations,
               (count(*) filter (
                   where exists (select from sync_policy policy
                                 where policy.administration_id = administration.administration_id and policy.enabled)
                      or exists (select from sync_run run
                                 where run.administration_id = administration.administration_id
                                   and run.state in ('queued', 'deferred'))
               ))::int as syncs
        from administration
        where administration.organisation_id = connection_grant.organisation_id
          and administration.grant_id = connection_grant.grant_id and administration.removed_reason is null
    ) held
    where ($1::uuid is null or connection_grant.organisation_id = $1)
      and connection_grant.state = 'reauthorization_required'
      and ($2::text is null or connection_grant.reason = $2)
      and ($3::text is null or strpos(lower(connection_grant.company_name), lower($3)) > 0)
)
select * from waiting
where $4::int is null or (-administrations, grant_id) > (-$4, $5::uuid)
order by -administrations, grant_id limit $6
