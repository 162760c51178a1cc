-- Companies found, one candidate each: a company that several grants give access to keeps the first grant. What the look
-- before showed of it is told once, when the candidate comes.
with given as (
    select * from unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                         $12::text[], $13::text[])
        with ordinality
        as found (id, grant_id, external_id, name, kvk_number, vat_number, sbi_version, sector_code, status, kind, place)
), one_each as (
    select distinct on (external_id) * from given order by external_id, grant_id
), compared as (
    select one_each.*, case
        when seen.shown_name is null and administration.id is null then 'new'
        when seen.gone_at is not null and administration.id is null then 'new'
        when seen.grant_id <> one_each.grant_id and not exists (
            select from connection_grant before where before.id = seen.grant_id and before.state = 'active'
        ) then 'moved'
        when seen.shown_name <> one_each.name then 'renamed'
        else 'known'
    end as seen_as
    from one_each
    left join seen_company seen
        on seen.organisation_id = $1 and seen.provider = $3 and seen.external_id = one_each.external_id
    left join administration
        on administration.organisation_id = $1 and administration.provider = $3
        and administration.external_id = one_each.external_id and administration.state <> 'removed'
)
insert into candidate (organisation_id, session_id, provider, id, grant_id, external_id, name, kvk_number, vat_number,
                       sbi_version, sector_code, status, kind, seen_as)
select $1, $2, $3, id, grant_id, external_id, name, kvk_number, vat_number, sbi_version, sector_code, status, kind, seen_as
from compared order by place
on conflict (organisation_id, session_id, external_id) do update
    set name = excluded.name, kvk_number = excluded.kvk_number, vat_number = excluded.vat_number,
        sbi_version = excluded.sbi_version, sector_code = excluded.sector_code,
        status = excluded.status, kind = excluded.kind,
        seen_as = case when candidate.seen_as = 'gone' then excluded.seen_as else candidate.seen_as end
