"""`python -m tests.bench.console`: server time of every screen with 10,000 administrations, beside the `GET`s that it makes.

A stack of its own with one large organisation and many others. A screen is asked of the console's process; the calls are those that the
same console makes of the services, sent side by side by a bare client with the same token. Both in turn, warm.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from tests.bench.console.measuring import First, Row, first_visit, measure_screens
from tests.bench.console.organisations import make_organisations
from tests.bench.console.screens import OPERATORS, OWN, addresses
from tests.bench.report import table
from tests.bench.stage import Stage

from koppel.kernel.errors import KoppelError
from koppel_local.progress import download_bar
from koppel_local.stack.stack import Stack

_HEAD = ("screen", "p50", "p95", "its calls: p50", "ratio", "calls", "bytes")


def told(rows: list[Row], first: First) -> str:
    """The table, and what a first visit takes."""
    lines = [
        (
            f"`{row.screen}`",
            f"{row.ours.p50:.0f} ms",
            f"{row.ours.p95:.0f} ms",
            f"{row.theirs.p50:.0f} ms",
            f"{row.ours.p50 / row.theirs.p50:.1f}" if row.calls else "–",
            str(row.calls),
            f"{row.size:,}",
        )
        for row in rows
    ]
    slowest = max(rows, key=lambda row: row.ours.p95)
    return (
        f"{table(_HEAD, lines)}\n\nSlowest: `{slowest.screen}`, p95 {slowest.ours.p95:.0f} ms. "
        f"A first visit takes {first.first:,} bytes, the next {first.again:,}."
    )


async def measure(stage: Stage, asked: argparse.Namespace, console: str, key_file: Path) -> str:
    """Both parts of the console, each as somebody who sees it."""
    print("making the organisations", file=sys.stderr)
    made = await make_organisations(stage, asked.administrations, asked.further)
    rows: list[Row] = []
    for screens, token in ((OWN, made.beheerder), (OPERATORS, made.operator)):
        where = addresses([each for each in screens if asked.screen in each], made.things)
        rows += await measure_screens(stage.services, console, key_file, token, where, asked.rounds)
    return told(rows, await first_visit(console, key_file, made.beheerder))


def main() -> int:
    """Measure and print; the exit code is 0 when every screen answered."""
    whole = argparse.ArgumentParser(prog="python -m tests.bench.console", description=__doc__)
    whole.add_argument(
        "--administrations", type=int, default=10_000, help="of the large organisation (%(default)s)"
    )
    whole.add_argument("--further", type=int, default=5_000, help="of all others together (%(default)s)")
    whole.add_argument("--screen", default="", help="only those with this in their address; left out: all")
    whole.add_argument("--rounds", type=int, default=20, help="of each screen (%(default)s)")
    asked = whole.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave as after Ctrl-C: everything stopped
    with tempfile.TemporaryDirectory(prefix="koppel-bench-") as folder:
        stack = Stack(Path(folder), say=lambda line: print(line, file=sys.stderr), progress=download_bar)
        try:
            console = stack.up()["console"]["url"] or ""
            [key_file] = Path(folder).rglob("console-key")
            print(asyncio.run(measure(Stage.of(stack), asked, console, key_file)))
        except KoppelError as error:
            print(f"error: {error.detail}", file=sys.stderr)
            return 1
        finally:
            stack.down()
    return 0


if __name__ == "__main__":
    sys.exit(main())
