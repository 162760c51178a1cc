create table if not exists attempt (
    id text primary key, csrf text not null, browser text not null, language text not null,
    asked text not null, expires_at integer not null
) strict;

create table if not exists login (
    sid text primary key, client_id text not null, person text not null, at integer not null, ended integer not null default 0
) strict;

create table if not exists code (
    hash text primary key, sid text not null references login, redirect_uri text not null, challenge text not null,
    nonce text not null, expires_at integer not null, used integer not null default 0
) strict;

create table if not exists device (
    hash text primary key, user_code text not null unique, client_id text not null, scope text not null,
    expires_at integer not null, pause integer not null, polled_at integer not null default 0,
    state text not null default 'pending' check (state in ('pending', 'approved', 'denied', 'used')), sid text references login
) strict;

create table if not exists refresh_token (
    hash text primary key, sid text not null references login, expires_at integer not null, used integer not null default 0
) strict;

create table if not exists organisation (id text primary key, name text not null, told integer not null default 0) strict;

create table if not exists person (
    id text primary key, organisation_id text not null references organisation, name text not null, email text not null,
    role text not null, told integer not null default 0
) strict;
