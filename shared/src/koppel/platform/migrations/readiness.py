"""Whether the schema has what this code needs."""

import asyncpg

from koppel.kernel.errors import Transient
from koppel.platform.database import Database
from koppel.platform.migrations.scripts import Phase, pending

_SAID = 3


class SchemaCheck:
    """Passes once every `pre` script of this code is applied; `post` ones may wait, and newer ones do not matter."""

    def __init__(self, database: Database, package: str) -> None:
        self._database = database
        self._package = package
        self._fits = False

    async def run(self) -> None:
        """Raises `Transient` (`migrations_pending`) naming what is missing; asks the database until it passes."""
        if self._fits:
            return
        missing = pending(await self._applied(), self._package, Phase.PRE)
        if missing:
            named = ", ".join(missing[:_SAID]) + (", …" if len(missing) > _SAID else "")
            raise Transient(
                "migrations_pending",
                f"{len(missing)} migrations are not applied ({named}): migrate --phase pre.",
            )
        self._fits = True

    async def _applied(self) -> set[str]:
        connection = await self._database.session()
        try:
            return {row["name"] for row in await connection.fetch("select name from schema_migration")}
        except asyncpg.UndefinedTableError:
            return set()
        finally:
            await connection.close()
