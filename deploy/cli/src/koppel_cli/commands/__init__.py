"""The command groups of `koppel`, one module each."""

from argparse import ArgumentParser
from typing import Protocol

CALLS_ENVIRONMENT = """\
environment of administrations, held-deletions, kvk, parked, replay and stream:
  KOPPEL_TOKEN                     the bearer token to call with, of a person with the right operator, and replay
                                   for replays (default: one of the local stack); of kvk, administrations and
                                   held-deletions the token of one of the office's people
  KOPPEL_CONNECTION_SVC_URL, KOPPEL_IMPORT_SVC_URL, KOPPEL_ASSIGNMENT_SVC_URL, KOPPEL_SYNC_SVC_URL
                                   addresses of the services (default: those of the local stack)
"""
"""What the commands read that call the services, for their help."""


class Commands(Protocol):
    """What a command group adds its commands to."""

    def add_parser(
        self,
        name: str,
        *,
        help: str,  # noqa: A002
        description: str,
        epilog: str | None = None,
    ) -> ArgumentParser:
        """A new command; fill the parser in and set `run` as its default."""
