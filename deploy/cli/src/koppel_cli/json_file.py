"""JSON that a person gives in a file, or on stdin: bodies that are too long to type, and secrets."""

import json
import sys
from pathlib import Path
from typing import Any

from koppel_cli.failure import CommandFailed


def read_json(place: str) -> Any:
    """What stands in the file, or on stdin where it is `-`. Raises `CommandFailed` when it cannot be read."""
    try:
        text = sys.stdin.read() if place == "-" else Path(place).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        detail = f"{place} cannot be read ({type(error).__name__})."
        raise CommandFailed("file_unreadable", detail, hint="Name a file, or - for stdin.") from error
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise CommandFailed(
            "file_unreadable", f"{place} holds no JSON.", hint="`--help` has an example."
        ) from None
