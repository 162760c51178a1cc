"""The passwords of the services' database roles, from the environment."""

import os
from collections.abc import Iterator
from pathlib import Path

from koppel.platform.database_url import read_password
from koppel_local.failure import SetupFailed
from koppel_local.postgres.databases import SCHEMAS

ROLES = tuple(f"{schema}_{kind}" for schema in SCHEMAS for kind in ("owner", "app"))


def given_passwords() -> dict[str, str]:
    """Password by role: the file that `KOPPEL_<ROLE>_PASSWORD_FILE` names, else `KOPPEL_<ROLE>_PASSWORD`.

    Raises `SetupFailed`, which names every variable that says nothing.
    """
    found = {role: _password(f"KOPPEL_{role.upper()}_PASSWORD") for role in ROLES}
    if missing := [f"KOPPEL_{role.upper()}_PASSWORD" for role, password in found.items() if not password]:
        detail = f"Not set: {', '.join(missing)}."
        raise SetupFailed("password_missing", detail, hint="Set each, or the same name with _FILE.")
    return dict(_checked(found))


def _password(variable: str) -> str | None:
    if not (file := os.environ.get(f"{variable}_FILE")):
        return os.environ.get(variable)
    try:
        return read_password(Path(file))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is empty or not UTF-8"
        detail = f"{variable}_FILE names {file}, which gives no password ({reason})."
        raise SetupFailed("password_unreadable", detail, hint="Correct the variable or the file.") from None


def _checked(found: dict[str, str | None]) -> Iterator[tuple[str, str]]:
    for role, password in found.items():
        if not password or "\0" in password:
            detail = f"The password of {role} holds a zero byte, which PostgreSQL does not take."
            raise SetupFailed("password_impossible", detail, hint="Choose another one.")
        yield role, password
