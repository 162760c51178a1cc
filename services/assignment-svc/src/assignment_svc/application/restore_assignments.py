"""A rebuild: administrations from their events, assignments as they were decided."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from assignment_svc.application.assign_by_default import Import
from assignment_svc.application.ports import Transaction
from assignment_svc.application.write_assignments import assigned
from assignment_svc.domain.assignment import Assignment, Placement, Rule, Told
from assignment_svc.domain.directory import EntryKind
from koppel.contracts.assignment import AdministrationAssigned, AdministrationUnassigned

Restored = tuple[Import, Assignment]


async def restore_assignments(tx: Transaction, imports: Sequence[Import]) -> int:
    """Returns how many assignments were missing, or other than was last told.

    An assignment is what its newest event says; where the log does not hold that, what the newest plan made of it; else
    what the default rule gives now. What has left the directory is left out. One that was ended stays ended.
    """
    restored = 0
    # Usually all assignments are right, and then none has to be locked.
    if suspects := await _suspects(tx, imports):
        restored = await _restore(tx, suspects)
    await tx.administrations.put([each.event for each in imports])
    return restored


async def _suspects(tx: Transaction, imports: Sequence[Import]) -> list[Import]:
    ids = [each.event.administration_id for each in imports]
    told, rows = await tx.assignments.newest_told(ids), defaultdict(list)
    for organisation_id, row in await tx.assignments.everywhere(ids):
        rows[row.administration_id].append((organisation_id, row))
    return [
        each
        for each in imports
        if not _as_told(each, told.get(each.event.administration_id), rows[each.event.administration_id])
    ]


def _as_told(each: Import, last: Told | None, rows: Sequence[tuple[UUID, Assignment]]) -> bool:
    """Whether it has its row and no other, as the log tells, where the log does; and none where it was ended."""
    event = None if last is None else last.event
    if isinstance(event, AdministrationUnassigned):
        return not rows
    if [organisation_id for organisation_id, _ in rows] != [each.event.organisation_id]:
        return False
    return last is None or event is None or rows[0][1] == _stated(last)


async def _restore(tx: Transaction, imports: Sequence[Import]) -> int:
    """The directory is locked before the assignments, as everybody does."""
    organisations = sorted({each.event.organisation_id for each in imports})
    administrators = await tx.users.lock_administrators(organisations)
    decisions = await _decisions(tx, imports, administrators)
    remaining = await _lock_directory(tx, imports, decisions)
    present = await _lock_assignments(tx, imports)
    # A plan may have been applied before its assignments were locked here: its events count.
    decisions = await _decisions(tx, imports, administrators)
    wrong = _wrong(imports, decisions, present)
    await _write(tx, [(each, remaining(each, decided)) for each, decided in wrong])
    return len(wrong)


@dataclass(frozen=True, slots=True)
class _Decision:
    """`told`: by an event that the log holds. Only then it takes precedence over an existing row."""

    assignment: Assignment
    told: bool


async def _decisions(
    tx: Transaction, imports: Sequence[Import], administrators: Mapping[UUID, tuple[UUID, ...]]
) -> dict[UUID, _Decision]:
    ids = [each.event.administration_id for each in imports]
    told = await tx.assignments.newest_told(ids)
    planned = await tx.plans.newest_acts(ids)
    found = {}
    for each in imports:
        administration_id, organisation_id = each.event.administration_id, each.event.organisation_id
        default = Assignment(
            administration_id=administration_id,
            placement=Placement.of(user_ids=administrators.get(organisation_id, ())),
            rule=Rule.DEFAULT,
            plan_id=None,
            version=0,
        )
        decision = _decision(told.get(administration_id), planned.get(administration_id, default))
        if decision is not None:
            found[administration_id] = decision
    return found


def _decision(told: Told | None, otherwise: Assignment) -> _Decision | None:
    """None where the assignment was ended."""
    if told is None or told.event is None:
        return _Decision(otherwise, told=False)
    stated = _stated(told)
    return None if stated is None else _Decision(stated, told=True)


def _stated(told: Told) -> Assignment | None:
    event = told.event
    if not isinstance(event, AdministrationAssigned):
        return None
    placement = Placement.of(
        division_id=event.division_id, template_id=event.template_id, user_ids=event.user_ids
    )
    return Assignment(
        administration_id=event.administration_id,
        placement=placement,
        rule=Rule(event.rule),
        plan_id=event.plan_id,
        version=told.version,
    )


async def _lock_directory(
    tx: Transaction, imports: Sequence[Import], decisions: Mapping[UUID, _Decision]
) -> Callable[[Import, Assignment], Assignment]:
    """Keep what the decisions name from being deleted; what to leave out of each, as it is gone already."""
    named: dict[UUID, list[Placement]] = defaultdict(list)
    for each in imports:
        if (decision := decisions.get(each.event.administration_id)) is not None:
            named[each.event.organisation_id].append(decision.assignment.placement)
    there: dict[UUID, set[UUID]] = {}
    for organisation_id, placements in sorted(named.items()):
        users = {user for placement in placements for user in placement.user_ids}
        divisions = {placement.division_id for placement in placements if placement.division_id}
        templates = {placement.template_id for placement in placements if placement.template_id}
        one = tx.within(organisation_id)
        there[organisation_id] = (
            await one.users.lock(users)
            | await one.entries.lock(EntryKind.DIVISION, divisions)
            | await one.entries.lock(EntryKind.TEMPLATE, templates)
        )

    def remaining(each: Import, decided: Assignment) -> Assignment:
        known, placement = there.get(each.event.organisation_id, set()), decided.placement
        kept = Placement(
            division_id=placement.division_id if placement.division_id in known else None,
            template_id=placement.template_id if placement.template_id in known else None,
            user_ids=tuple(user for user in placement.user_ids if user in known),
        )
        return replace(decided, placement=kept)

    return remaining


async def _lock_assignments(tx: Transaction, imports: Sequence[Import]) -> dict[UUID, Assignment]:
    places = {each.event.administration_id: each.event.organisation_id for each in imports}
    await tx.assignments.remove_elsewhere(places)
    by_organisation: dict[UUID, list[UUID]] = defaultdict(list)
    for administration_id, organisation_id in places.items():
        by_organisation[organisation_id].append(administration_id)
    return {
        row.administration_id: row
        for organisation_id, ids in sorted(by_organisation.items())
        for row in await tx.within(organisation_id).assignments.lock(ids)
    }


def _wrong(
    imports: Sequence[Import], decisions: Mapping[UUID, _Decision], present: Mapping[UUID, Assignment]
) -> list[Restored]:
    found = []
    for each in imports:
        administration_id = each.event.administration_id
        decision, row = decisions.get(administration_id), present.get(administration_id)
        if decision is not None and (row is None or (decision.told and row != decision.assignment)):
            found.append((each, decision.assignment))
    return found


async def _write(tx: Transaction, restored: Sequence[Restored]) -> None:
    """State, and an event where it is other than the newest; one audit row each, since it undoes what somebody did."""
    versions = await tx.events.append(
        *(assigned(each.event.organisation_id, given, by=each.actor, at=tx.now) for each, given in restored)
    )
    await tx.assignments.put(
        [
            (each.event.organisation_id, replace(given, version=version))
            for (each, given), version in zip(restored, versions, strict=True)
        ]
    )
    for each, given in restored:
        await tx.audit.record(
            organisation_id=each.event.organisation_id,
            actor=each.actor,
            action="assignment.restored",
            target=f"administration/{given.administration_id}",
            reason="rebuild",
        )
