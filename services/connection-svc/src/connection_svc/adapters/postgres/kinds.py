"""What an id can be here."""

from koppel.platform.kinds import Kind

_SHOW = "koppel connections show {connection_id} --organisation {organisation_id}"
KINDS = (
    Kind(
        "organisation",
        "select $1::uuid as id, $1::uuid as organisation_id "
        "where exists (select from connection where organisation_id = $1) "
        "or exists (select from organisation where organisation_id = $1)",
        "koppel organisations list --q {id}",
    ),
    Kind(
        "connection", "select id, organisation_id, id as connection_id from connection where id = $1", _SHOW
    ),
    Kind("grant", "select id, organisation_id, connection_id from connection_grant where id = $1", _SHOW),
    Kind("login_round", "select id, organisation_id, connection_id from login_round where id = $1", _SHOW),
)
