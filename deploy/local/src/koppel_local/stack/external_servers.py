"""What `up` was given by variables: servers that exist already, by address, and how many processes run of a service."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from koppel_local.kafka.given import SERVERS, kafka_in_environment
from koppel_local.private_files import write_private
from koppel_local.stack.processes import VARIABLE

_VARIABLES = {"database_url": "KOPPEL_DATABASE_URL", "processes": VARIABLE}


class ExternalServers:
    """The environment's, else what `up` was given, so that later commands need not be told again."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> dict[str, str]:
        """By `database_url`, `kafka_bootstrap_servers` (a missing one means embedded) and how to get in there, `processes`."""
        told = {
            name: os.environ[variable] for name, variable in _VARIABLES.items() if os.environ.get(variable)
        }
        kept = self._remembered()
        if SERVERS in (kafka := kafka_in_environment()):  # with the brokers comes how to get in
            kept = {name: value for name, value in kept.items() if not name.startswith("kafka_")} | kafka
        return {**kept, **told}

    def remember(self, given: Mapping[str, str]) -> None:
        write_private(self._file, json.dumps(given))

    def forget(self) -> None:
        self._file.unlink(missing_ok=True)

    def _remembered(self) -> dict[str, str]:
        try:
            remembered: dict[str, str] = json.loads(self._file.read_text())
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return {}
        return remembered
