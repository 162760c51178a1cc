"""What an id can be here. Keys lead with the organisation: each look is a step of an index for every organisation."""

from koppel.platform.kinds import Kind

_ASSIGNED = "koppel assignments list --organisation {organisation_id}"
KINDS = (
    Kind("user", "select id, organisation_id from office_user where id = $1", f"{_ASSIGNED} --user {{id}}"),
    Kind(
        "division", "select id, organisation_id from division where id = $1", f"{_ASSIGNED} --division {{id}}"
    ),
    Kind(
        "template", "select id, organisation_id from template where id = $1", f"{_ASSIGNED} --template {{id}}"
    ),
    Kind(
        "assignment",
        "select administration_id as id, organisation_id from assignment where administration_id = $1",
        "koppel assignments list {id} --organisation {organisation_id}",
    ),
    Kind(
        "assignment_plan",
        "select id, organisation_id from assignment_plan where id = $1",
        "koppel audit --target assignment-plan/{id}",
    ),
)
