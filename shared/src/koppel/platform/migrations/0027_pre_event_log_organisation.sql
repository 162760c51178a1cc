-- An organisation's events of one type, oldest first.
create index concurrently if not exists event_log_organisation on event_log (organisation_id, type, seq)
    where topic <> 'koppel.record.v1';
