-- What an event caused, oldest first.
create index concurrently if not exists event_log_causation on event_log (causation_id, seq)
    where topic <> 'koppel.record.v1';
