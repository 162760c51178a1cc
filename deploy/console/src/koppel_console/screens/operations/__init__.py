"""The operators' screens, in the order of their menu. Each asks services with the operator's own token."""

from koppel_console.pages.screen import Screen
from koppel_console.screens.operations import (
    all_organisations,
    audit,
    budget,
    consumers,
    events,
    find,
    one_of_all,
    organisations,
    overview,
    parked_causes,
    parked_event,
    releases,
    replay_plan,
    replays,
    streams,
    timeline,
)

SCREENS: tuple[Screen, ...] = (
    overview.SCREEN,
    parked_causes.SCREEN,
    parked_event.SCREEN,
    releases.SCREEN,
    replay_plan.SCREEN,
    replays.SCREEN,
    streams.SCREEN,
    events.SCREEN,
    timeline.SCREEN,
    consumers.SCREEN,
    all_organisations.SCREEN,
    one_of_all.SCREEN,
    organisations.SCREEN,
    audit.SCREEN,
    budget.SCREEN,
    find.SCREEN,
)
