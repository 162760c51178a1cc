"""The command groups of `koppel`, one module each."""

from argparse import ArgumentParser
from typing import Protocol


class Commands(Protocol):
    """What a command group adds its commands to."""

    def add_parser(self, name: str, *, help: str, description: str) -> ArgumentParser:  # noqa: A002
        """A new command; fill the parser in and set `run` as its default."""
