-- Why a login waits for a person, as connection-svc told it, and whose company it is for.
alter table connection_grant
    add column provider text,
    add column company_external_id text,
    add column company_name text,
    add column reason text,
    add column who_must_act text,
    add column since timestamptz;
