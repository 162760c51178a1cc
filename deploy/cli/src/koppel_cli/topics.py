"""Which service owns a topic and an event: whom a replay is asked of. A test compares it with the contracts."""

OWNER_OF_TOPIC = {
    "koppel.connection.v1": "connection-svc",
    "koppel.administration.v1": "import-svc",
    "koppel.assignment.v1": "assignment-svc",
    "koppel.sync-request.v1": "sync-svc",
    "koppel.sync.v1": "sync-svc",
    "koppel.sync-pause.v1": "sync-svc",
    "koppel.record.v1": "sync-svc",
}
RECORD_OWNER = OWNER_OF_TOPIC["koppel.record.v1"]
_OWNER_BY_BEGINNING = {
    "Connection": "connection-svc",
    "Authorization": "connection-svc",
    "AdministrationAssigned": "assignment-svc",
    "AdministrationUnassigned": "assignment-svc",
    "Administration": "import-svc",
    "Sync": "sync-svc",
    "Record": "sync-svc",
}


def owner_of_type(event_type: str) -> str | None:
    """By how the event's name begins, the longest beginning first; None for what no service here logs."""
    name = event_type.removeprefix("nl.koppel.")
    for beginning in sorted(_OWNER_BY_BEGINNING, key=len, reverse=True):
        if name.startswith(beginning):
            return _OWNER_BY_BEGINNING[beginning]
    return None
