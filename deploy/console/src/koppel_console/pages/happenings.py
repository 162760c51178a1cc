"""What an event says to a person at an office. An event that has no words here is shown by its name."""

from koppel_console.words import Words

HAPPENINGS: dict[str, Words] = {
    "ConnectionCreated": Words("De verbinding werd gemaakt.", "The connection was made."),
    "ConnectionAuthorized": Words("Iemand logde in bij het pakket.", "Somebody logged in at the package."),
    "AuthorizationExpired": Words("Een login werd niet afgemaakt.", "A login was not finished."),
    "ConnectionExpiring": Words(
        "De login verloopt; log op tijd opnieuw in.", "The login is about to end; log in again in time."
    ),
    "ConnectionReauthorizationRequired": Words(
        "Het pakket neemt de login niet meer aan: iemand moet opnieuw inloggen.",
        "The package does not take the login any more: somebody has to log in again.",
    ),
    "ConnectionRecovered": Words("De verbinding werkt weer.", "The connection works again."),
    "ConnectionRevoked": Words("De toegang werd ingetrokken.", "The access was withdrawn."),
    "ConnectionDeleted": Words("De verbinding werd verwijderd.", "The connection was removed."),
    "AdministrationFound": Words("Een nieuw bedrijf werd gevonden.", "A new company was found."),
    "AdministrationImported": Words(
        "De administratie werd geïmporteerd.", "The administration was imported."
    ),
    "AdministrationProfileChanged": Words(
        "KvK-nummer of sector werd gewijzigd.", "KvK number or sector was changed."
    ),
    "AdministrationRenamed": Words(
        "Het pakket geeft de administratie een andere naam.",
        "The package gives the administration another name.",
    ),
    "AdministrationMoved": Words(
        "De administratie wordt nu met een andere login gelezen.",
        "The administration is read with another login now.",
    ),
    "AdministrationVanished": Words(
        "Het pakket laat de administratie niet meer zien.",
        "The package does not show the administration any more.",
    ),
    "AdministrationRemoved": Words("De administratie werd verwijderd.", "The administration was removed."),
    "AdministrationAssigned": Words("De toewijzing werd gewijzigd.", "The assignment was changed."),
    "AdministrationUnassigned": Words("De toewijzing verviel.", "The assignment ended."),
    "SyncRequested": Words("Er werd om een synchronisatie gevraagd.", "A sync was asked for."),
    "SyncStarted": Words("De synchronisatie begon.", "The sync began."),
    "SyncProgressed": Words("De synchronisatie vorderde.", "The sync went on."),
    "SyncDeferred": Words(
        "De synchronisatie wacht: het pakket laat nu niet meer vragen toe.",
        "The sync waits: the package takes no more calls now.",
    ),
    "SyncCompleted": Words("De synchronisatie was klaar.", "The sync was done."),
    "SyncFailed": Words("De synchronisatie mislukte.", "The sync failed."),
    "SyncCancelled": Words("De synchronisatie werd gestopt.", "The sync was stopped."),
    "SyncAbandoned": Words("De synchronisatie werd opgegeven.", "The sync was abandoned."),
    "SyncPaused": Words("De synchronisatie werd gepauzeerd.", "Syncing was paused."),
    "SyncResumed": Words("De synchronisatie gaat weer verder.", "Syncing goes on again."),
    "RecordChanged": Words("Gegevens werden bijgewerkt.", "Records were updated."),
    "RecordDeleted": Words("Gegevens werden verwijderd.", "Records were deleted."),
}


def kind_of(type_: object) -> str:
    """`nl.koppel.SyncStarted.v1` and `SyncStarted` are `SyncStarted`; empty for what is no name."""
    parts = str(type_ or "").split(".")
    return parts[-2] if len(parts) > 2 else parts[0]
