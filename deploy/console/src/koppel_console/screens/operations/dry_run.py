"""Dry runs: parked events run through their handlers and everything is rolled back, so that one knows before one acts."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from koppel_console.pages.form import Form
from koppel_console.pages.visit import Visit
from koppel_console.services.problem import Problem

_STEP = 200
_MOST = 1000
_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What would become of events if they were tried now. `has_more`: the rest was not tried."""

    passing: tuple[UUID, ...] = ()
    fails: int = 0
    busy: int = 0
    has_more: bool = False
    verdicts: dict[str, dict[str, Any]] = field(default_factory=dict)
    reasons: tuple[tuple[str, int], ...] = ()
    """Codes of what fails, the most frequent first."""

    @property
    def passes(self) -> int:
        return len(self.passing)

    @property
    def tried(self) -> int:
        return self.passes + self.fails + self.busy


async def dry_run(visit: Visit, service: str, which: dict[str, Any]) -> tuple[DryRun | None, Problem | None]:
    """The first thousand of `which` (a cause or ids), as far as twenty seconds reach."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    until = time.monotonic() + _SECONDS
    while True:
        asked = {**which, "limit": _STEP, "cursor": cursor}
        outcome = await visit.calls.act("POST", service, "/ops/v1/parked/check", asked)
        if outcome.problem is not None and not rows:
            return None, outcome.problem
        page = outcome.data if isinstance(outcome.data, dict) else {}
        rows += [each for each in page.get("items") or [] if isinstance(each, dict)]
        cursor = page.get("next_cursor")
        if cursor is None or len(rows) >= _MOST or time.monotonic() > until:
            return _summed(rows, has_more=cursor is not None or outcome.problem is not None), None


def seen_in(form: Form) -> DryRun:
    """What the form says was seen; the service decides by itself what it does."""
    return DryRun(
        passing=tuple(_ids(form.text("passing", 40 * _MOST))),
        fails=_number(form.text("fails", 6)),
        busy=_number(form.text("busy", 6)),
        has_more=bool(form.text("has_more", 4)),
    )


def _summed(rows: list[dict[str, Any]], *, has_more: bool) -> DryRun:
    outcomes = Counter(str(each.get("outcome")) for each in rows)
    codes = Counter(
        str((each.get("cause") or {}).get("code")) for each in rows if each.get("outcome") == "fails"
    )
    passing = " ".join(str(each.get("id")) for each in rows if each.get("outcome") == "passes")
    return DryRun(
        passing=tuple(_ids(passing)),
        fails=outcomes["fails"],
        busy=outcomes["busy"],
        has_more=has_more,
        verdicts={str(each.get("id")): each for each in rows},
        reasons=tuple(codes.most_common(5)),
    )


def _ids(text: str) -> list[UUID]:
    found = []
    for word in text.split():
        try:
            found.append(UUID(word))
        except ValueError:
            continue
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() else 0
