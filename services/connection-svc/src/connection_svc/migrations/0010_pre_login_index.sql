-- Where a package ends the tokens of a login when the same person logs in again.

create unique index concurrently if not exists connection_grant_login on connection_grant (provider, login_hash)
    where login_hash is not null and state <> 'revoked';
