-- Streams raise their head first: the upsert locks the stream until commit, and each event's seq is drawn
-- only after its head row was returned, so within a stream seq and version rise together.
with input as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[], $7::text[],
                         $8::uuid[], $9::uuid[], $10::text[])
        with ordinality as given (event_id, topic, key, type, organisation_id, occurred_at, payload,
                                  correlation_id, causation_id, traceparent, ordinal)
), heads as (
    insert into stream_head (topic, key, version)
    select topic, key, count(*) from input group by topic, key order by topic, key
    on conflict (topic, key) do update set version = stream_head.version + excluded.version
    returning topic, key, version
), logged as (
    insert into event_log (event_id, topic, key, version, type, organisation_id, occurred_at, payload,
                           correlation_id, causation_id, traceparent)
    select event_id, topic, key,
           heads.version - count(*) over stream + row_number() over (stream order by ordinal),
           type, organisation_id, occurred_at, payload, correlation_id, causation_id, traceparent
    from input join heads using (topic, key)
    window stream as (partition by topic, key)
    order by ordinal
    returning seq, logged_on, topic, key, version, event_id
), pointers as (
    insert into outbox_pending (seq, logged_on, shard)
    select seq, logged_on, outbox_shard(topic, key) from logged
)
select version from logged order by seq
