-- Who logged in, as the package says it, and a keyed hash of that: one login may serve one grant over all organisations.

alter table connection_grant add column login_place text;
alter table connection_grant add column login_subject text;
alter table connection_grant add column login_hash bytea;

-- The key of those hashes, sealed in the vault.
create table login_key (
    one        boolean     primary key default true check (one),
    sealed     bytea       not null,
    created_at timestamptz not null default now()
);
