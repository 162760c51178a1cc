"""What can go wrong while the stack is set up, and what the person can do about it."""

import errno
from pathlib import Path

from koppel.kernel.errors import Permanent

_LOG_HINTS = (
    ("No space left on device", "disk_full", "The disk is full", "Free some space and run it again."),
    ("Address already in use", "port_taken", "A port is taken", "Run it again: another port is chosen."),
    ("Address in use", "port_taken", "A port is taken", "Run it again: another port is chosen."),
    ("Cannot allocate memory", "memory_full", "There is too little memory", "Close something and try again."),
    (
        "There is insufficient memory",
        "memory_full",
        "There is too little memory",
        "Close something and retry.",
    ),
)


class SetupFailed(Permanent):
    """The local stack cannot do what was asked. `detail` is one line, `hint` says what to do next.

    `log_tail` holds the last lines of the part that failed, when one did.
    """

    def __init__(self, code: str, detail: str, *, hint: str, log_tail: str = "") -> None:
        super().__init__(code, detail)
        self.hint = hint
        self.log_tail = log_tail

    def __str__(self) -> str:
        return f"{self.detail} {self.hint}"


def log_tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log; empty when there is none."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - 64 * 1024))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def part_failed(part: str, log: Path, what: str) -> SetupFailed:
    """A part that ended or did not become ready, explained from its own log where that says why."""
    tail = log_tail(log)
    for phrase, code, reason, hint in _LOG_HINTS:
        if phrase in tail:
            return SetupFailed(code, f"{part} {what}: {reason.lower()}.", hint=hint, log_tail=tail)
    return SetupFailed("part_not_ready", f"{part} {what}.", hint=f"Its log says why: {log}", log_tail=tail)


def disk_failed(error: OSError) -> SetupFailed:
    """A file that could not be written or read."""
    where = f" at {error.filename}" if error.filename else ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return SetupFailed("disk_full", f"The disk is full{where}.", hint="Free some space and run it again.")
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        hint = "Make that folder yours, or set KOPPEL_STATE_DIR to one that is."
        return SetupFailed("no_permission", f"No permission to write{where}.", hint=hint)
    return SetupFailed("file_failed", f"{error.strerror or error}{where}.", hint="Check that folder.")
