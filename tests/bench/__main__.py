"""`python -m tests.bench` (`make bench`): how fast Koppel is beside bare libraries, as ratios, on this machine."""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.measure import PARTS, measure
from tests.bench.report import as_data, markdown
from tests.bench.screen import Screen
from tests.bench.sizes import Sizes

from koppel.kernel.errors import KoppelError

_ABOUT = """\
Measure the main job's hot path beside bare loops that do the same with the same libraries.

One embedded stack in a folder of its own (free ports, durable PostgreSQL, real Kafka, four service processes)
is started, measured and stopped. Both sides run in turn, warm, on the same pages and the same servers; a table
on stderr shows every round, the result on stdout is a Markdown table: ratios first, because absolute figures
are those of one machine in one minute.

  syncs     a first full sync of all contacts, until the last change event was read from Kafka, beside fetch,
            parse, hash and upsert of the same pages; and a full re-sync with nothing changed, beside fetch and parse
  memory    resident memory of each service while many first syncs pass, four at a time
  imports   discovery, import and default assignment of many administrations, beside the same calls and rows
"""
_EPILOG = """\
examples:
  python -m tests.bench                        everything, about eleven minutes on two cores
  python -m tests.bench --scale 0.05           the same, small: does it still run?
  python -m tests.bench --only syncs --rounds 5

The exit code is 0 when everything was measured, also when a goal was missed.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parsed = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave as after Ctrl-C: everything stopped
    try:
        with (
            tempfile.TemporaryDirectory(prefix="koppel-bench-") as folder,
            Screen(quiet=parsed.quiet) as screen,
        ):
            results = measure(Path(folder), _sizes(parsed), parsed.only or PARTS, screen)
    except KoppelError as error:
        print(f"error: {error.detail}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped by you", file=sys.stderr)
        return 130
    print(json.dumps(as_data(results)) if parsed.json else markdown(results))
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    sizes = Sizes()
    whole = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=_ABOUT,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = whole.add_argument
    add("--contacts", type=_positive, default=sizes.contacts, help="contacts of the company (%(default)s)")
    add("--rounds", type=_positive, default=sizes.rounds, help="rounds after the warm-up one (%(default)s)")
    add(
        "--memory-records",
        type=_positive,
        default=sizes.memory_records,
        help="records that pass while memory is watched (%(default)s)",
    )
    add(
        "--administrations",
        type=_positive,
        default=sizes.administrations,
        help="imported at once (%(default)s)",
    )
    add("--scale", type=float, default=1.0, help="multiply all of these but the rounds")
    add("--only", choices=PARTS, action="append", help="measure this part; may be repeated")
    add("--json", action="store_true", help="print one JSON document instead of the Markdown table")
    add("--quiet", action="store_true", help="show nothing while it runs")
    return whole


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _sizes(parsed: argparse.Namespace) -> Sizes:
    return Sizes(
        contacts=parsed.contacts,
        rounds=parsed.rounds,
        memory_records=parsed.memory_records,
        administrations=parsed.administrations,
    ).scaled(parsed.scale)


if __name__ == "__main__":
    sys.exit(main())
