-- Administrations whose login does not work go on with another login of the organisation that reaches the same company.
-- $1: those read with these logins; $2 and $3: those that these logins reach, of these companies (null: of all);
-- $4: all of logins that are known not to work.
with looked_at as (
    select administration.id from administration where grant_id = any($1::uuid[])
    union
    select administration.id
    from administration_access access
    join administration using (organisation_id, provider, external_id)
    where access.grant_id = any($2::uuid[]) and ($3::text[] is null or access.external_id = any($3))
    union
    select administration.id
    from administration join connection_grant dead on dead.id = administration.grant_id
    where $4 and dead.state <> 'active' and administration.state <> 'removed'
), orphan as (
    select administration.id, organisation_id, provider, external_id, grant_id
    from administration
    where id in (select id from looked_at) and state <> 'removed'
      and not exists (
          select from connection_grant in_use where in_use.id = administration.grant_id and in_use.state = 'active'
      )
    order by id for update
), successor as (
    select distinct on (orphan.id)
        orphan.id, orphan.grant_id as from_grant_id, other.id as to_grant_id, other.connection_id as to_connection_id
    from orphan
    join administration_access access using (organisation_id, provider, external_id)
    join connection_grant other on other.id = access.grant_id and other.organisation_id = orphan.organisation_id
    join connection on connection.id = other.connection_id
    where other.state = 'active' and connection.state = 'active'
    order by orphan.id, access.seen_at desc, other.id
), moved as (
    update administration set grant_id = to_grant_id, connection_id = to_connection_id
    from successor where administration.id = successor.id
    returning administration.id, administration.organisation_id, from_grant_id, to_grant_id, to_connection_id
)
select moved.*, coalesce(before.state, 'revoked') as state_before
from moved left join connection_grant before on before.id = moved.from_grant_id
order by moved.id
