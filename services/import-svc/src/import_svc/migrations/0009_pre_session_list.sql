create index concurrently if not exists import_session_list on import_session (organisation_id, id);
