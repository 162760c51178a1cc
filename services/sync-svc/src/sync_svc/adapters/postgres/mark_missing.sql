-- What a provider no longer shows, or says is gone: a miss is counted, the $9th in a row deletes the record and says so in
-- an event. $6 to $8 are what surrounds external id and revision in its JSON. `restored` as in store_page.sql.
with gone as materialized (
    select distinct unnest($4::text[]) as external_id
), restored as materialized (
    select exists (select from stream_head where topic = $11::text) as any
), marked as (
    update record
    set missed = missed + 1,
        deleted = missed + 1 >= $9,
        revision = case when missed + 1 < $9 then revision else 1 + greatest(
            revision, case when (select restored.any from restored) then (
                select version from stream_head
                where topic = $11::text and key = $2::uuid || '/' || $3::text || '/' || record.external_id
            ) end
        ) end,
        changed_at = case when missed + 1 >= $9 then $10 else changed_at end
    from gone
    where record.administration_id = $2 and record.resource = $3 and record.external_id = gone.external_id
      and record.listing = $5 and not record.deleted
    returning record.external_id, record.revision, record.deleted
), logged as (
    insert into event_log (event_id, topic, key, version, type, organisation_id, occurred_at, payload,
                           correlation_id, causation_id, traceparent)
    select uuidv7(), $11::text, $2::text || '/' || $3::text || '/' || external_id, revision, $12, $1, $10,
           $6::text || to_json(external_id) || $7::text || revision || $8::text,
           $13, $14, $15
    from marked where deleted
    returning seq, logged_on, key
), pointed as (
    insert into outbox_pending (seq, logged_on, shard)
    select seq, logged_on, outbox_shard($11::text, key) from logged
)
select count(*) from marked where deleted
