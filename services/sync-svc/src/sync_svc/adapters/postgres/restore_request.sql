-- The run that the request made, or the one that took it along when it started.
insert into sync_request (sync_request_id, organisation_id, run_id, trigger, requested_by, requested_at)
select $1::uuid, $2::uuid, run_id, $3::text, $4::text, $5::timestamptz from sync_run
where administration_id = $6::uuid and (causation_id = $7::uuid or run_id in (
    select (payload::jsonb ->> 'run_id')::uuid from event_log
    where topic = $8 and key = $6::uuid::text and type = $9 and payload::jsonb -> 'sync_request_ids' ? $1::uuid::text))
order by causation_id = $7 desc nulls last limit 1
on conflict (sync_request_id) do update
    set organisation_id = excluded.organisation_id, run_id = excluded.run_id, trigger = excluded.trigger,
        requested_by = excluded.requested_by, requested_at = excluded.requested_at
