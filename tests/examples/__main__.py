"""`python -m tests.examples`: play the demo on a stack of its own and keep events of it as the documents' examples.

Then `python -m koppel.contracts.gate write`, which puts them into the documents.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from koppel_local.demo.play import demonstrate
from koppel_local.progress import no_progress
from koppel_local.stack.stack import Stack

from .captured import Told, read
from .chosen import choose, write
from .untold import untold


def main() -> int:
    """Play, read all topics, write; what was started is stopped."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KOPPEL_STATE_DIR"] = folder
        told = _play(Stack(Path(folder)))
    chosen = choose(told)
    for path in write({**chosen, **untold(chosen)}):
        print("wrote", path.name)
    return 0


def _play(stack: Stack) -> list[Told]:
    try:
        kafka = stack.up()["kafka"]["bootstrap_servers"] or ""
        demonstrate(Console(file=sys.stderr), lambda _line: None, no_progress)
        return asyncio.run(read(kafka))
    finally:
        stack.down()


if __name__ == "__main__":
    sys.exit(main())
