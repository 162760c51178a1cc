create index concurrently if not exists administration_import on administration (import_session_id);
