"""Where the services are: as the environment says, else the login in use, else as `make up` left it under `.local/`."""

import os
from pathlib import Path

from koppel_cli.login import profiles

SERVICES = ("connection-svc", "import-svc", "assignment-svc", "sync-svc")


def variable_of(service: str) -> str:
    """The environment variable that names a service's address."""
    return f"KOPPEL_{service.upper().replace('-', '_')}_URL"


def addresses() -> dict[str, str | None]:
    """The base URL of each service, whether it runs or not; None where nobody says it. Makes no call."""
    kept = _of_the_login()
    return {
        name: os.environ.get(variable_of(name)) or (kept.get(name) if kept else _left_by_make_up(name))
        for name in SERVICES
    }


def identity_url() -> str | None:
    """The issuer that `make up` started here, if it did."""
    return _left_by_make_up("identity")


def _of_the_login() -> dict[str, str]:
    """A login's token is for its own services: with it, no others are taken from here."""
    if os.environ.get("KOPPEL_TOKEN"):
        return {}
    profile = profiles.in_use()
    return dict(profile.addresses) if profile else {}


def state_dir() -> Path | None:
    """`KOPPEL_STATE_DIR`, else the `.local` of the clone that this file or the current folder is in; None without any."""
    if chosen := os.environ.get("KOPPEL_STATE_DIR"):
        return Path(chosen).expanduser()
    here = Path.cwd()
    for folder in (*Path(__file__).resolve().parents, here, *here.parents):
        if (folder / ".local" / "ports").is_dir():
            return folder / ".local"
    return None


def _left_by_make_up(service: str) -> str | None:
    if (state := state_dir()) is None:
        return None
    try:
        return f"http://127.0.0.1:{int((state / 'ports' / service).read_text(encoding='ascii'))}"
    except (OSError, ValueError):
        return None
