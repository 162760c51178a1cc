-- New and changed records of one page with their events: the objects cross the wire once, the event's JSON is put
-- together here. $9 to $12 are what surrounds external id, revision and data in it. A record's revision is the
-- version of its stream, so no stream head is kept; topic, shard and columns as in the platform's event log. Only an
-- accepted restore leaves heads: what Kafka has seen and this table forgot. `restored` is asked once a page.
with given as (
    select * from unnest($5::text[], $6::bytea[], $7::text[], $8::text[]) as item (external_id, digest, data, raw)
), restored as materialized (
    select exists (select from stream_head where topic = $14::text) as any
), stored as (
    insert into record as held (organisation_id, administration_id, resource, listing, external_id, changed_at,
                                revision, digest, data, raw)
    select $1, $2, $3, $4, external_id, $13,
           1 + coalesce(case when (select restored.any from restored) then (
               select version from stream_head
               where topic = $14::text and key = $2::uuid || '/' || $3::text || '/' || external_id
           ) end, 0),
           digest, data::json, raw::json
    from given
    on conflict (administration_id, resource, external_id) do update
        set listing = excluded.listing, changed_at = excluded.changed_at,
            revision = greatest(held.revision + 1, excluded.revision),
            digest = excluded.digest, data = excluded.data, raw = excluded.raw, missed = 0, deleted = false
        where held.digest is distinct from excluded.digest or held.deleted
    returning external_id, revision, data
), logged as (
    insert into event_log (event_id, topic, key, version, type, organisation_id, occurred_at, payload,
                           correlation_id, causation_id, traceparent)
    select uuidv7(), $14::text, $2::text || '/' || $3::text || '/' || external_id, revision, $15, $1, $13,
           $9::text || to_json(external_id) || $10::text || revision || $11::text || data || $12::text,
           $16, $17, $18
    from stored
    returning seq, logged_on, key
), pointed as (
    insert into outbox_pending (seq, logged_on, shard)
    select seq, logged_on, outbox_shard($14::text, key) from logged
)
select count(*) from stored
