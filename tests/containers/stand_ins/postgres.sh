#!/bin/sh
# What docker-compose.yml relies on of the postgres image: the first start makes the cluster and one database, over the socket
# only; then it serves. Whoever sees the socket is let in; over TCP a password is asked for.
set -eu
if [ "${1:-}" = postgres ]; then shift; fi
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"; chown -R postgres:postgres /var/lib/postgresql /run/postgresql
    exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/pw
    initdb --pgdata "$PGDATA" --username "$POSTGRES_USER" --pwfile /tmp/pw --auth-local trust --auth-host scram-sha-256 >/dev/null
    rm /tmp/pw
    printf 'host all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    pg_ctl --silent -D "$PGDATA" -o "-c listen_addresses= -c unix_socket_directories=/run/postgresql" -w start
    createdb --host /run/postgresql --username "$POSTGRES_USER" "$POSTGRES_DB"
    pg_ctl --silent -D "$PGDATA" -m fast -w stop
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/run/postgresql "$@"
