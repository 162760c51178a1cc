"""What an id can be here."""

from koppel.platform.kinds import Kind

KINDS = (
    Kind(
        "administration",
        "select id, organisation_id from administration where id = $1",
        "koppel timeline {id}",
    ),
    Kind(
        "import_session",
        "select id, organisation_id from import_session where id = $1",
        "koppel audit --target import_session/{id}",
    ),
    Kind(
        "candidate",
        "select id, organisation_id, session_id from candidate where id = $1",
        "koppel audit --target import_session/{session_id}",
    ),
)
