"""Running a service's own `migrate` before and after its start, when there is something to migrate."""

import subprocess
import sys
from pathlib import Path

import asyncpg

from koppel.platform.migrations import Phase, pending
from koppel_local.failure import SetupFailed, disk_failed, part_failed
from koppel_local.process.detached import inherited_environment
from koppel_local.stack.layout import ServicePart, log_file
from koppel_local.threads import run_in_thread

WITHIN = 120.0
"""Seconds."""


def migrate(service: ServicePart, environment: dict[str, str], state_dir: Path, phase: Phase) -> None:
    """Apply what is new of one phase. Raises `SetupFailed` with the end of its log."""
    log = log_file(state_dir, service.name)
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("ab") as output:
            result = subprocess.run(
                [sys.executable, "-m", service.module, "migrate", "--phase", phase], env=inherited_environment(**environment),
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False, timeout=WITHIN,
            )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        detail = f"{service.name} did not finish its migrations within {WITHIN:.0f} seconds."
        raise SetupFailed("migration_failed", detail, hint=f"Its log says why: {log}") from error
    except OSError as error:
        raise disk_failed(error) from error
    if result.returncode != 0:
        raise part_failed(service.name, log, "could not migrate its schema")


def up_to_date(service: ServicePart, owner_dsn: str, phase: Phase) -> bool:
    """Whether every script of the phase is applied. Asking costs milliseconds, `migrate` a process."""
    return not pending(run_in_thread(_applied(owner_dsn)), service.package, phase)


async def _applied(owner_dsn: str) -> set[str]:
    connection = await asyncpg.connect(owner_dsn)
    try:
        return {row["name"] for row in await connection.fetch("SELECT name FROM schema_migration")}
    except asyncpg.UndefinedTableError:
        return set()
    finally:
        await connection.close()
