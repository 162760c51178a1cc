"""The table of screens. A screen is a module here, a template of its name, and a line in `SCREENS`."""

from koppel_console.pages.screen import Screen
from koppel_console.screens import (
    administrations,
    connections,
    directory,
    held_deletions,
    import_assignment,
    import_profiles,
    imports,
    new_connection,
    operations,
    organisation,
    provider_callback,
    reauthorizations,
    records,
    runs,
    schedules,
    story,
    syncs,
)

SCREENS: tuple[Screen, ...] = (
    organisation.SCREEN,
    new_connection.SCREEN,
    connections.SCREEN,
    provider_callback.SCREEN,
    imports.SCREEN,
    import_profiles.SCREEN,
    import_assignment.SCREEN,
    administrations.SCREEN,
    records.SCREEN,
    runs.SCREEN,
    story.SCREEN,
    schedules.SCREEN,
    syncs.SCREEN,
    reauthorizations.SCREEN,
    held_deletions.SCREEN,
    directory.SCREEN,
    *operations.SCREENS,
)
"""In the menu's order. A path without parameters stands before one that would take its words for an id."""
