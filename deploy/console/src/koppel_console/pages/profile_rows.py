"""Rows of the profile form: what is known of a candidate, what was typed, and what that means for import-svc. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from koppel_console.pages.form import Form
from koppel_console.pages.typed import digits, section


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
            form.text(f"kvk.{name}"),
            form.text(f"reason.{name}", 20),
            form.text(f"sector.{name}", 60),
        )
    return Row(
        id=name,
        name=str(candidate.get("name")),
        kvk_number=digits(typed[0]),
        reason=typed[1],
        sector=section(typed[2]),
        known=known,
        candidate=candidate,
        lacks=[str(each.get("code")) for each in candidate.get("errors") or []],
    )
