"""Where a stack keeps its state, and which parts it has."""

import os
from dataclasses import dataclass
from pathlib import Path

SANDBOX = "sandbox"
IDENTITY = "identity"
CONSOLE = "console"
CONNECTION_SVC = "connection-svc"
ASSIGNMENT_SVC = "assignment-svc"
SANDBOX_PORT = 8190
IDENTITY_PORT = 8170
CONSOLE_PORT = 8180
SANDBOX_CLIENT_ID = "koppel-local"
SANDBOX_CLIENT_SECRET = "koppel-local-secret"  # noqa: S105  (public: the sandbox protects nothing)
SANDBOX_KVK_API_KEY = "koppel-local"


@dataclass(frozen=True, slots=True)
class ServicePart:
    """A service as the launcher sees it."""

    name: str
    module: str
    schema: str
    port: int

    @property
    def package(self) -> str:
        """Its Python package."""
        return self.module.partition(".")[0]

    @property
    def prefix(self) -> str:
        """Prefix of its own environment variables."""
        return self.name.upper().replace("-", "_") + "_"


SERVICES = (
    ServicePart(CONNECTION_SVC, "connection_svc.main", "connection", 8101),
    ServicePart("import-svc", "import_svc.main", "import", 8102),
    ServicePart(ASSIGNMENT_SVC, "assignment_svc.main", "assignment", 8103),
    ServicePart("sync-svc", "sync_svc.main", "sync", 8104),
)
PART_NAMES = ("postgres", "kafka", SANDBOX, IDENTITY, CONSOLE, *(service.name for service in SERVICES))


def default_state_dir() -> Path:
    """`KOPPEL_STATE_DIR`, else `.local` of the clone that this package is installed from, else of here."""
    if chosen := os.environ.get("KOPPEL_STATE_DIR"):
        return Path(chosen).expanduser().resolve()
    for folder in (*Path(__file__).resolve().parents, *Path.cwd().resolve().parents):
        if (folder / "uv.lock").exists() and (folder / "deploy" / "local").is_dir():
            return folder / ".local"
    return Path.cwd().resolve() / ".local"


def issuer_dir(state_dir: Path) -> Path:
    """`KOPPEL_ISSUER_DIR`, else where the stack of this state keeps its signing key."""
    if chosen := os.environ.get("KOPPEL_ISSUER_DIR"):
        return Path(chosen).expanduser().resolve()
    return state_dir / "identity"


def log_file(state_dir: Path, part: str) -> Path:
    """Where a part writes."""
    return state_dir / "logs" / f"{part}.log"
