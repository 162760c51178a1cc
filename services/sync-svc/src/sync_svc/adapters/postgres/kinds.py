"""What an id can be here."""

from koppel.platform.kinds import Kind

KINDS = (
    Kind(
        "run",
        "select run_id as id, organisation_id from sync_run where run_id = $1",
        "koppel runs show {id} --organisation {organisation_id}",
    ),
    Kind(
        "sync_request",
        "select sync_request_id as id, organisation_id, run_id from sync_request where sync_request_id = $1",
        "koppel runs show {run_id} --organisation {organisation_id}",
    ),
    Kind(
        "sync_policy",
        "select administration_id as id, organisation_id from sync_policy where administration_id = $1",
        "koppel sync-status show {id} --organisation {organisation_id}",
    ),
    Kind(
        "held_deletion",
        "select held_deletion_id as id, organisation_id, administration_id, state from held_deletion "
        "where held_deletion_id = $1",
        "koppel held-deletions list --administration {administration_id} --state {state} "
        "--organisation {organisation_id}",
    ),
    Kind(
        "reauthorization",
        "select grant_id as id, organisation_id from connection_grant "
        "where grant_id = $1 and state = 'reauthorization_required'",
        "koppel reauthorizations --organisation {organisation_id}",
    ),
)
