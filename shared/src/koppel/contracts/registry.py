"""Every event type that exists, by its CloudEvents type name."""

from koppel.contracts import administration, assignment, connection, pause, record, replay, sync
from koppel.contracts.event import Event

EVENTS: tuple[type[Event], ...] = (
    connection.ConnectionCreated,
    connection.ConnectionAuthorized,
    connection.AuthorizationExpired,
    connection.ConnectionExpiring,
    connection.ConnectionReauthorizationRequired,
    connection.ConnectionRecovered,
    connection.ConnectionRevoked,
    connection.ConnectionDeleted,
    administration.AdministrationFound,
    administration.AdministrationImported,
    administration.AdministrationProfileChanged,
    administration.AdministrationRenamed,
    administration.AdministrationMoved,
    administration.AdministrationVanished,
    administration.AdministrationRemoved,
    assignment.AdministrationAssigned,
    assignment.AdministrationUnassigned,
    sync.SyncRequested,
    sync.SyncStarted,
    sync.SyncProgressed,
    sync.SyncDeferred,
    sync.SyncCompleted,
    sync.SyncFailed,
    sync.SyncCancelled,
    sync.SyncAbandoned,
    record.RecordChanged,
    record.RecordDeleted,
    pause.SyncPaused,
    pause.SyncResumed,
    replay.GapFound,
    replay.ReplayReported,
)

BY_TYPE: dict[str, type[Event]] = {event.type_name(): event for event in EVENTS}
