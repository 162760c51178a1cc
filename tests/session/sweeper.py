"""Waits for the end of a run, also one that is killed, then ends its servers and removes its folder."""

import shutil
import signal
import sys
from pathlib import Path


def main() -> None:
    folder = Path(sys.argv[1])
    sys.stdin.read()  # until the run closes its end, or the system does
    clear(folder)


def clear(folder: Path) -> None:
    """End whatever runs in a state folder at most two levels down, and remove it all."""
    from koppel_local.postgres.server import PostgresServer  # noqa: PLC0415  (nothing is loaded while it waits)
    from koppel_local.process.detached import end_processes, processes_of  # noqa: PLC0415

    for logs in (found for depth in ("logs", "*/logs", "*/*/logs") for found in folder.glob(depth)):
        PostgresServer(logs.parent).stop(grace=10)
        end_processes(processes_of(logs.parent), grace=0, first=signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
