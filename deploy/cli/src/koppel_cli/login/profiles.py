"""Logins kept on this machine: a file each under `~/.config/koppel/profiles`, which its owner alone reads."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from koppel_cli.failure import CommandFailed

DEFAULT = "default"
VARIABLE = "KOPPEL_PROFILE"
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One login. `addresses` are the services that its token is for; none where they are those of `make up`."""

    name: str
    issuer: str
    client_id: str
    scope: str
    token_endpoint: str
    revocation_endpoint: str | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)
    who: str = ""
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: float
    """Seconds since 1970."""


def folder() -> Path:
    """`profiles` of `KOPPEL_CONFIG_DIR`, else of `$XDG_CONFIG_HOME/koppel`."""
    if chosen := os.environ.get("KOPPEL_CONFIG_DIR"):
        return Path(chosen).expanduser() / "profiles"
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "koppel" / "profiles"


def checked_name(name: str) -> str:
    """A name that is one of a file, too. Raises `CommandFailed`."""
    plain = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    if plain and len(name) <= _LONGEST_NAME:
        return name
    detail = f"A profile cannot be called {name[:_LONGEST_NAME]!r}."
    raise CommandFailed("profile_name", detail, hint="Letters, digits, - and _, at most 40.")


def chosen_name() -> str:
    """`KOPPEL_PROFILE`, else the one that was logged in at or chosen last."""
    if given := os.environ.get(VARIABLE):
        return checked_name(given)
    try:
        return checked_name((folder().parent / "profile").read_text(encoding="ascii").strip())
    except (OSError, ValueError, CommandFailed):
        return DEFAULT


def choose(name: str) -> None:
    """From now on commands use this one."""
    _write(folder().parent / "profile", name)


def load(name: str) -> Profile | None:
    """None where nobody logged in by that name. Raises `CommandFailed` for a file that is none of ours."""
    try:
        return Profile(**_members(folder() / f"{name}.json"))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except (ValueError, TypeError) as error:
        detail = f"The profile {name} cannot be read."
        raise CommandFailed("profile_broken", detail, hint=f"`koppel login {name}` makes it anew.") from error


def in_use() -> Profile | None:
    """What commands use; None when nobody is logged in. Raises `CommandFailed` where `KOPPEL_PROFILE` names one that is not there."""
    name = chosen_name()
    found = load(name)
    if found is None and os.environ.get(VARIABLE):
        raise CommandFailed(
            "no_profile", f"There is no login {name}.", hint=f"`koppel login {name}` makes one."
        )
    return found


def save(profile: Profile) -> None:
    """Raises `CommandFailed` where it cannot be written."""
    _write(folder() / f"{profile.name}.json", json.dumps(asdict(profile)))


def remove(name: str) -> None:
    for ending in ("json", "lock"):
        (folder() / f"{name}.{ending}").unlink(missing_ok=True)


def names() -> list[str]:
    return sorted(path.stem for path in folder().glob("*.json"))


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One command at a time renews a token: a refresh token is used once."""
    descriptor = os.open(folder() / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _members(path: Path) -> dict[str, Any]:
    members = json.loads(path.read_bytes())
    if not isinstance(members, dict):
        raise TypeError(path)
    return members


def _write(path: Path, text: str) -> None:
    """Whole or not at all, mode 0600."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        detail = f"The login cannot be kept in {path.parent} ({error.strerror})."
        hint = "KOPPEL_CONFIG_DIR names another folder; KOPPEL_TOKEN needs none."
        raise CommandFailed("profile_unwritable", detail, hint=hint) from error
