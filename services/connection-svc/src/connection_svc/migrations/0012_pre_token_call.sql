-- Token calls, where a package allows so many for each login: when they were made, by the package's own clock.
-- `login` is the keyed hash of who logged in, or the grant's id where the package does not say: no tenant data.

create table token_call (
    id        bigint      generated always as identity primary key,
    provider  text        not null,
    login     bytea       not null,
    called_at timestamptz not null
);

create index token_call_login on token_call (provider, login, called_at);
