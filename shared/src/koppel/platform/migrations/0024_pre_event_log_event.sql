-- An event by its id. Records' events are left out of this index and the next four: they come by the thousand, and are
-- found by their administration.
create index concurrently if not exists event_log_event on event_log (event_id)
    where topic <> 'koppel.record.v1';
