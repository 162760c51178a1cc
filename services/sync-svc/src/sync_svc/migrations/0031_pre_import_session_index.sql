create index concurrently if not exists administration_import on administration (organisation_id, import_session_id);
