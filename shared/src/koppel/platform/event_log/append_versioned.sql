-- For streams whose aggregate row is already locked and versioned by the caller (records): its revision is
-- the stream's version, so no head is kept.
with input as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[], $7::text[],
                         $8::uuid[], $9::uuid[], $10::text[], $11::bigint[])
        with ordinality as given (event_id, topic, key, type, organisation_id, occurred_at, payload,
                                  correlation_id, causation_id, traceparent, version, ordinal)
), logged as (
    insert into event_log (event_id, topic, key, version, type, organisation_id, occurred_at, payload,
                           correlation_id, causation_id, traceparent)
    select event_id, topic, key, version, type, organisation_id, occurred_at, payload, correlation_id, causation_id, traceparent
    from input
    order by ordinal
    returning seq, logged_on, topic, key, version, event_id
), pointers as (
    insert into outbox_pending (seq, logged_on, shard)
    select seq, logged_on, abs(hashtext(topic || '/' || key) % 16) from logged
)
select version from logged order by seq
