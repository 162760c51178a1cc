#!/bin/sh
# Run by the database container once, on an empty data folder: roles and schemas of the services.
# Reads KOPPEL_<SCHEMA>_OWNER_PASSWORD and KOPPEL_<SCHEMA>_APP_PASSWORD.
set -eu

passwords=""
for schema in connection import assignment sync; do
    for kind in owner app; do
        variable="KOPPEL_$(echo "${schema}_${kind}" | tr '[:lower:]' '[:upper:]')_PASSWORD"
        eval "value=\${$variable:?is not set}"
        quoted=$(printf '%s' "$value" | sed "s/'/''/g")
        passwords="$passwords SELECT set_config('koppel.password.${schema}_${kind}', '$quoted', false);"
    done
done

# Through standard input: a command line can be read by every process of the machine.
{
    printf '%s\n' "$passwords"
    cat "$(dirname "$0")/koppel/bootstrap.sql"
} | psql --quiet --no-psqlrc --output /dev/null --set ON_ERROR_STOP=1 \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB"
