-- A rebuild asks of each connection and grant whether anything refers to it.
create index import_session_connection on import_session (connection_id);
create index grant_discovery_grant on grant_discovery (grant_id);
create index candidate_grant on candidate (grant_id);
create index administration_of_connection on administration (connection_id);
