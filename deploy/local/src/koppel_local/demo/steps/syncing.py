"""Synchronising: first all, then what changed, then what is gone."""

from dataclasses import dataclass

from koppel_local.demo.api import Json
from koppel_local.demo.companies import Company
from koppel_local.demo.failure import require
from koppel_local.demo.runs import ask_for_syncs, counts, in_words, total, watch_runs
from koppel_local.demo.stage import Stage, step
from koppel_local.demo.steps.importing import Administration

CONTACTS = "contact"
_CHANGED, _ADDED, _REMOVED = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids of customers that somebody changed, added and removed at the provider."""

    changed: list[str]
    added: list[str]
    removed: list[str]


@step(
    "First full synchronisation, by itself after the import",
    expects="every run changed, and as many contacts as the provider has customers and suppliers",
)
def see_first_sync(stage: Stage, administrations: list[Administration]) -> dict[str, Json]:
    wanted = {each.id: (each, {"administration_id": each.id}) for each in administrations}
    runs = watch_runs(stage, wanted)
    for administration in administrations:
        run = runs[administration.id]
        came = (run["trigger"], run["mode"], run["outcome"])
        require(came == ("import", "full", "changed"), "a full run for the import that changed", came)
        _check_contacts(stage, administration)
        stage.note(f"{administration.name}: {in_words(run)}")
    return runs


@step(
    "At the provider somebody works in the books",
    expects=f"{_CHANGED} customers changed, {_ADDED} added, {_REMOVED} removed",
)
def change_books(stage: Stage, company: Company) -> Changes:
    provider = stage.provider
    order = provider.order(collection=provider.contacts[0], change=_CHANGED, add=_ADDED, remove=_REMOVED)
    before = _contact_ids(stage, company)
    answer = stage.sandbox.post(f"/_sandbox/companies/{company.id}/changes", order, expected=200)
    changes = Changes(answer["changed"], answer["added"], answer["removed"])
    came = (len(changes.changed), len(changes.added), len(changes.removed))
    require(came == (_CHANGED, _ADDED, _REMOVED), "as ordered", came)
    stage.note(f"in the books of {company.name}")
    if before is None:
        return changes
    after = _contact_ids(stage, company) or set()
    return Changes(
        *(
            [key for key in keys if key in known]
            for keys, known in ((changes.changed, after), (changes.added, after), (changes.removed, before))
        )
    )


def _contact_ids(stage: Stage, company: Company) -> set[str] | None:
    """Of the items that somebody works in, those that are contacts; None where all are."""
    is_contact, collection = company.provider.is_contact, company.provider.contacts[0]
    if is_contact is None:
        return None
    path = f"/_sandbox/companies/{company.id}/{collection}"
    items = stage.sandbox.get(path, provider=company.provider.id)["items"]
    return {str(item["id"]) for item in items if is_contact(item)}


@step(
    "'Synchroniseren': an incremental run",
    expects="exactly the changed and the new contacts, and nothing in the other administrations",
)
def sync_changes(
    stage: Stage, administrations: list[Administration], worked_in: Administration, changes: Changes
) -> dict[str, Json]:
    runs = ask_for_syncs(stage, administrations, "incremental")
    wanted = {each.id: 0 for each in administrations}
    wanted[worked_in.id] = len(changes.changed) + len(changes.added)
    gone = {worked_in.id: len(changes.removed)} if stage.provider.tells_removals else {}
    for administration in administrations:
        run = runs[administration.id]
        stage.note(f"{administration.name}: {in_words(run)}")
        require(
            total(run, "changed") == wanted[administration.id]
            and total(run, "deleted") == gone.get(administration.id, 0),
            f"{wanted[administration.id]} changed and {gone.get(administration.id, 0)} deleted in {administration.name}",
            counts(run),
        )
    require(counts(runs[worked_in.id])[CONTACTS]["changed"] == wanted[worked_in.id], "contacts", "others")
    return runs


@step(
    "Two full runs find what was removed",
    expects="the first misses it and deletes nothing, the second deletes exactly that contact",
)
def find_removed(stage: Stage, administration: Administration, changes: Changes) -> list[Json]:
    runs = [ask_for_syncs(stage, [administration], "full")[administration.id] for _ in range(2)]
    left = 0 if stage.provider.tells_removals else len(changes.removed)
    for run, wanted in zip(runs, (0, left), strict=True):
        stage.note(f"{administration.name}: {in_words(run)}")
        require(total(run, "deleted") == wanted, f"{wanted} deleted", counts(run))
        require(total(run, "changed") == 0, "nothing changed", counts(run))
    _check_contacts(stage, administration)
    return runs


def _check_contacts(stage: Stage, administration: Administration) -> None:
    """Live contacts here are what the provider says there are."""
    company = administration.company
    there = sum(_count_contacts(stage, company, collection) for collection in company.provider.contacts)
    status = stage.syncs.get(f"/v1/administrations/{administration.id}/sync-status")
    here = {each["resource"]: each["records"] for each in status["resources"]}
    require(here.get(CONTACTS) == there, f"{there} contacts of {administration.name}", here)


def _count_contacts(stage: Stage, company: Company, collection: str) -> int:
    """By the provider's own word."""
    contacts = _contact_ids(stage, company)
    if contacts is not None:
        return len(contacts)
    path = f"/_sandbox/companies/{company.id}/{collection}"
    held: int = stage.sandbox.get(path, limit=1, provider=company.provider.id)["total"]
    return held
