"""The table of screens. A screen is a module here, a template of its name, and a line in `SCREENS`."""

from koppel_console.pages.screen import Screen
from koppel_console.screens import (
    connections,
    new_connection,
    organisation,
    provider_callback,
    reauthorizations,
)

SCREENS: tuple[Screen, ...] = (
    organisation.SCREEN,
    new_connection.SCREEN,
    connections.SCREEN,
    provider_callback.SCREEN,
    reauthorizations.SCREEN,
)
"""In the menu's order. A path without parameters stands before one that would take its words for an id."""
