-- A package's own time of its token answers and of our calls: what it refuses as too early is reckoned by that alone.

alter table connection_grant add column token_dated_at timestamptz;
alter table connection_grant alter column token_expires_at drop not null;
alter table token_rotation add column token_dated_at timestamptz;
alter table token_rotation add column asked_at timestamptz;

-- What keeps a working grant from being refreshed and is ours to mend.
alter table connection_grant add column trouble_code text;
alter table connection_grant add column trouble_since timestamptz;
alter table connection_grant add constraint connection_grant_trouble_check
    check ((trouble_code is null) = (trouble_since is null)) not valid;
