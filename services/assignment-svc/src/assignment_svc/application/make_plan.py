"""A bulk command becomes a plan: computed and kept, nothing changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from assignment_svc.application.ports import Transaction
from assignment_svc.domain.assignment import Assignment
from assignment_svc.domain.directory import EntryKind
from assignment_svc.domain.plan import LARGEST_PLAN, Plan, PlanItem, PlanState, Setting, Wanted, planned
from koppel.kernel.errors import FieldError, InvalidInput
from koppel.kernel.ids import new_id
from koppel.ports.caller import Caller


@dataclass(frozen=True, slots=True)
class Chosen:
    """These administrations."""

    ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class OfImport:
    """All administrations of an import session."""

    import_session_id: UUID


@dataclass(frozen=True, slots=True)
class Everything:
    """All administrations of the organisation."""


Target = Chosen | OfImport | Everything


async def make_plan(
    tx: Transaction, caller: Caller, target: Target, wanted: Wanted
) -> tuple[Plan, list[PlanItem]]:
    """Raises `InvalidInput`: `administration_unknown`, `import_session_unknown`, `division_unknown`,
    `template_unknown`, `user_unknown`, `plan_too_large`."""
    await _require_directory(tx, wanted)
    items = planned(await _current(tx, target), wanted)
    plan = Plan(id=new_id(), state=PlanState.PLANNED, created_by=caller.person_id, created_at=tx.now)
    await tx.plans.add(plan, items)
    await tx.audit.record(
        organisation_id=tx.organisation,
        actor=caller.actor,
        action="assignment_plan.made",
        target=f"assignment-plan/{plan.id}",
        reason=f"{len(items)} administrations",
    )
    return plan, items


async def _current(tx: Transaction, target: Target) -> list[Assignment]:
    match target:
        case Chosen(ids):
            ids = tuple(dict.fromkeys(ids))
        case OfImport(session_id):
            ids = tuple(await tx.administrations.of_session(session_id, LARGEST_PLAN + 1))
            if not ids:
                raise _unknown("import_session_unknown", ["/import_session_id"])
        case Everything():
            ids = tuple(await tx.administrations.every(LARGEST_PLAN + 1))
    if len(ids) > LARGEST_PLAN:
        raise InvalidInput(
            "plan_too_large", f"A plan covers at most {LARGEST_PLAN:,} administrations; choose fewer."
        )
    found = await tx.assignments.read(ids)
    if isinstance(target, Chosen) and len(found) < len(ids):
        known = {assignment.administration_id for assignment in found}
        places = [f"/administration_ids/{i}" for i, each in enumerate(target.ids) if each not in known]
        raise _unknown("administration_unknown", places)
    return found


async def _require_directory(tx: Transaction, wanted: Wanted) -> None:
    for kind, setting in ((EntryKind.DIVISION, wanted.division), (EntryKind.TEMPLATE, wanted.template)):
        await _require_entry(tx, kind, setting)
    if wanted.users is not None:
        known = await tx.users.lock(wanted.users.ids)
        places = [f"/set/users/ids/{i}" for i, each in enumerate(wanted.users.ids) if each not in known]
        if places:
            raise _unknown("user_unknown", places)


async def _require_entry(tx: Transaction, kind: EntryKind, setting: Setting | None) -> None:
    if setting is None or setting.value is None:
        return
    if not await tx.entries.lock(kind, [setting.value]):
        raise _unknown(kind.codes.unknown, [f"/set/{kind}_id"])


def _unknown(code: str, places: Sequence[str]) -> InvalidInput:
    """Absent or another tenant's: the two look alike."""
    what = code.removesuffix("_unknown").replace("_", " ")
    errors = [FieldError(place, f"there is no such {what}") for place in places]
    return InvalidInput(code, f"The plan names something that does not exist ({what}); see errors.", errors)
