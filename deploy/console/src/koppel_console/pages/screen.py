"""A screen's line in the table of screens: its routes, and where the menu shows it."""

from dataclasses import dataclass
from enum import StrEnum

from fastapi import APIRouter

from koppel_console.words import Words


class Part(StrEnum):
    """Whose screen it is: an organisation's, or an operator's (who has the right `operator` in the token)."""

    ORGANISATION = "organisation"
    OPERATORS = "operators"


@dataclass(frozen=True, slots=True)
class Screen:
    """`menu` is the link's text and `path` where it leads; without them the screen is reached from another one."""

    router: APIRouter
    part: Part = Part.ORGANISATION
    menu: Words | None = None
    path: str = ""
