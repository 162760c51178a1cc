-- Roles and schemas of the services, made or corrected by an administrator inside the database `koppel`.
-- May be run again at any time. Passwords come from settings of the session, one per role:
--   SELECT set_config('koppel.password.connection_owner', '…', false);
-- so that no password stands in a file. A SCRAM-SHA-256 verifier in a password's place keeps it out of the server's log.

REVOKE ALL ON SCHEMA public FROM PUBLIC;

DO $bootstrap$
DECLARE
    service  text;
    role     text;
    password text;
BEGIN
    -- Connecting and temporary tables are nobody's right until given.
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());

    FOREACH service IN ARRAY ARRAY ['connection', 'import', 'assignment', 'sync'] LOOP
        FOREACH role IN ARRAY ARRAY [service || '_owner', service || '_app'] LOOP
            BEGIN
                EXECUTE format('CREATE ROLE %I', role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
            password := current_setting('koppel.password.' || role);
            EXECUTE format(
                'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD %L',
                role, password);
            EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
            EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %I', role, current_database(), service);
        END LOOP;

        -- The owner migrates: everything in the schema is its own.
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, service || '_owner');
        EXECUTE format('ALTER SCHEMA %I OWNER TO %I', service, service || '_owner');
        EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', service);

        -- The app reads and writes what the owner makes, and makes nothing itself.
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', service, service || '_app');
        EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC',
                       service || '_owner');
        EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I',
                       service || '_owner', service, service || '_app');
        EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO %I',
                       service || '_owner', service, service || '_app');
        EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT EXECUTE ON FUNCTIONS TO %I',
                       service || '_owner', service, service || '_app');
    END LOOP;
END
$bootstrap$;
