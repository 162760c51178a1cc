"""What a part of `make chaos` ended with, kept as text until somebody puts it into docs/reliability.md."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.alerts.told import table as alerts_table
from tests.chaos.criteria.figures import table
from tests.chaos.parts import PARTS, ROOT
from tests.chaos.refreshes.told import table as refreshes_table
from tests.chaos.rig.schedule import MINUTES, SCALE, SEED
from tests.chaos.rig.told import Heard

PAGE = ROOT / "docs/reliability.md"
_FOLDER = ROOT / ".local/chaos"


def figures_of(part: str, told: Heard, seconds: float) -> list[str]:
    """Markdown: how it was run, the bugs that were killed, the figures of criteria."""
    asked = f"CHAOS_SCALE={SCALE:g} CHAOS_SEED={SEED}"
    if part == "storm":
        asked += f" CHAOS_MINUTES={MINUTES:g}"
    took = f"{seconds / 60:.1f} minutes on {os.cpu_count()} cores"
    load = f"load {os.getloadavg()[2]:.1f} in the last quarter of an hour"
    lines = [f"`{asked} make chaos PART={part}`: {took}, {load}."]
    if kills := told.kills:
        slowest = max(kills, key=lambda kill: kill.seconds)
        lines += [
            "",
            f"{len(kills)} seeded bugs were killed; the slowest was *{slowest.mutant}* ({slowest.seconds:.1f} s).",
        ]
    if told.report.did:
        lines += ["", *table(told.report)]
    if told.refreshes:
        lines += ["", *refreshes_table(told.refreshes)]
    if told.alerts:
        lines += ["", *alerts_table(told.alerts)]
    return lines


def keep(part: str, lines: Sequence[str], folder: Path = _FOLDER) -> None:
    """In the place of what the same part ended with before."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{part}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def put_into_page(page: Path = PAGE, folder: Path = _FOLDER) -> None:
    """Every part that is kept takes its place on the page; the others stay as they are."""
    text = page.read_text(encoding="utf-8")
    for part in PARTS:
        if (file := folder / f"{part}.md").exists():
            text = placed(text, part, file.read_text(encoding="utf-8"))
    page.write_text(text, encoding="utf-8")


def placed(text: str, part: str, figures: str) -> str:
    """The page with a part's figures. Raises LookupError when it has no place for them."""
    begin, end = _marks(part)
    if begin not in text or end not in text:
        raise LookupError(f"the page has no place for the figures of {part}")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{figures}{end}{rest.partition(end)[2]}"


def on_page(text: str, part: str) -> str:
    """A part's figures as they stand on the page; empty when it has no place for them."""
    begin, end = map(re.escape, _marks(part))
    found = re.search(f"{begin}\n(.*?){end}", text, re.DOTALL)
    return found.group(1) if found else ""


def _marks(part: str) -> tuple[str, str]:
    return f"<!-- figures of {part}: begin -->", f"<!-- figures of {part}: end -->"
