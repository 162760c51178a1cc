-- Companies found, one candidate each: a company that several grants give access to keeps the first grant.
with given as (
    select * from unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                         $12::text[], $13::text[])
        with ordinality
        as found (id, grant_id, external_id, name, kvk_number, vat_number, sbi_version, sector_code, status, kind, place)
), one_each as (
    select distinct on (external_id) * from given order by external_id, grant_id
)
insert into candidate (organisation_id, session_id, provider, id, grant_id, external_id, name, kvk_number, vat_number,
                       sbi_version, sector_code, status, kind)
select $1, $2, $3, id, grant_id, external_id, name, kvk_number, vat_number, sbi_version, sector_code, status, kind
from one_each order by place
on conflict (organisation_id, session_id, external_id) do update
    set name = excluded.name, kvk_number = excluded.kvk_number, vat_number = excluded.vat_number,
        sbi_version = excluded.sbi_version, sector_code = excluded.sector_code,
        status = excluded.status, kind = excluded.kind
