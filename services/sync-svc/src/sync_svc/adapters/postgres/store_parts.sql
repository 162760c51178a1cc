-- New and changed parts of one page; the records that they belong to, or belonged to until now, are left unfinished.
with given as (
    select * from unnest($4::text[], $5::text[], $6::bytea[], $7::text[]) as part (part_id, record_id, digest, raw)
), before as materialized (
    select held.part_id, held.record_id from given join record_part held
        on held.administration_id = $2 and held.listing = $3 and held.part_id = given.part_id
), stored as (
    insert into record_part as held (organisation_id, administration_id, listing, part_id, record_id, digest, raw)
    select $1::uuid, $2::uuid, $3::text, part_id, record_id, digest, raw::json from given
    on conflict (administration_id, listing, part_id) do update
        set record_id = excluded.record_id, digest = excluded.digest, raw = excluded.raw, missed = 0
        where held.digest is distinct from excluded.digest or held.record_id is distinct from excluded.record_id
    returning part_id, record_id
), seen_again as (
    update record_part held set missed = 0 from given
    where held.administration_id = $2 and held.listing = $3 and held.part_id = given.part_id and held.missed > 0
      and held.digest = given.digest and held.record_id = given.record_id
), touched as (
    insert into unfinished_record (organisation_id, administration_id, listing, record_id)
    select $1::uuid, $2::uuid, $3::text, record_id from stored
    union
    select $1::uuid, $2::uuid, $3::text, before.record_id from before join stored using (part_id)
    on conflict do nothing
)
select part_id from stored
