"""Rows of the profile form: what is known of a candidate, what was typed, and what that means for import-svc. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from koppel_console.pages.form import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One candidate. `known` is number, reason and sector as import-svc has them; the three beside are the form's."""

    id: str
    name: str
    kvk_number: str
    reason: str
    sector: str
    known: tuple[str, str, str]
    candidate: Mapping[str, Any]
    lacks: list[str] = field(default_factory=list)

    def stored(self, sbi: str) -> dict[str, object]:
        """The row as import-svc takes it."""
        return {
            "candidate_id": self.id,
            "kvk_number": self.kvk_number or None,
            "no_kvk_reason": self.reason or None,
            "sector": {"sbi_version": sbi, "code": self.sector} if self.sector else None,
        }


def rows_of(candidates: Sequence[Mapping[str, Any]], form: Form | None = None) -> list[Row]:
    """A row each; with a form, as it was typed there."""
    return [_row(each, form) for each in candidates]


def changed(row: Row) -> bool:
    """Whether the row says something that import-svc does not know yet: what is the package's stays the package's."""
    return (row.kvk_number, row.reason, row.sector) != row.known


def pasted(rows: Sequence[Row], text: str) -> list[Row]:
    """A column of numbers, a line a row in the order shown (an empty line leaves its row); or `name <tab> number`, by name."""
    lines = text.rstrip().splitlines()[: len(rows) * 2]
    named = {
        name.strip().casefold(): number
        for name, tab, number in (line.rpartition("\t") for line in lines)
        if tab
    }
    if named:
        return [_with_number(row, named.get(row.name.strip().casefold(), "")) for row in rows]
    padded = [*lines, *[""] * len(rows)]
    return [_with_number(row, line) for row, line in zip(rows, padded, strict=False)]


def refusals(sent: Sequence[Row], errors: object) -> dict[str, list[str]]:
    """What import-svc says of rows, by candidate: `/items/3/kvk_number` is the fourth row that was sent."""
    found: dict[str, list[str]] = {}
    for each in errors if isinstance(errors, list) else []:
        place = str(each.get("pointer", "")).split("/")
        number = int(place[2]) if len(place) > 2 and place[2].isdigit() else -1
        if 0 <= number < len(sent):
            found.setdefault(sent[number].id, []).append(str(each.get("code") or each.get("message")))
    return found


def _row(candidate: Mapping[str, Any], form: Form | None) -> Row:
    own = candidate.get("profile") or {}
    name = str(candidate.get("id"))
    number = str(own.get("kvk_number") or candidate.get("kvk_number") or "")
    reason = str(own.get("no_kvk_reason") or "")
    sector = str((candidate.get("sector") or own.get("sector") or {}).get("code") or "")
    known = ("" if reason else number, reason, sector)
    typed = known
    if form is not None and f"kvk.{name}" in form.fields:
        typed = (
            form.text(f"kvk.{name}", 40),
            form.text(f"reason.{name}", 20),
            form.text(f"sector.{name}", 60),
        )
    return Row(
        id=name,
        name=str(candidate.get("name")),
        kvk_number=_digits(typed[0]),
        reason=typed[1],
        sector=typed[2].strip()[:1].upper() if typed is not known else sector,
        known=known,
        candidate=candidate,
        lacks=[str(each.get("code")) for each in candidate.get("errors") or []],
    )


def _with_number(row: Row, text: str) -> Row:
    return replace(row, kvk_number=_digits(text), reason="") if text.strip() else row


def _digits(text: str) -> str:
    """Without the blanks and dots that people and spreadsheets put into numbers; a lost first zero comes back."""
    plain = text.strip().replace(" ", "").replace(".", "").replace("\u00a0", "")
    return f"0{plain}" if len(plain) == 7 and plain.isascii() and plain.isdigit() else plain
