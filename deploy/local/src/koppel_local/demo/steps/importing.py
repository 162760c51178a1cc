"""The import wizard: discover, select, complete, confirm."""

from dataclasses import dataclass

from koppel_local.demo.api import Json
from koppel_local.demo.companies import Company, Profile
from koppel_local.demo.failure import require
from koppel_local.demo.stage import Stage, step, until

TYPED_NUMBER = "68750110"
TYPED_NAME = "Test BV Donald"
"""A published test number of the trade register."""
TEST_SECTOR = {"sbi_version": "2025", "code": "N"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An administration that discovery found, for a company that was logged in for."""

    id: str
    company: Company
    kvk_number: str | None


@dataclass(frozen=True, slots=True)
class Administration:
    """An imported administration."""

    id: str
    company: Company

    @property
    def name(self) -> str:
        return self.company.name


@step(
    "Discovery", expects="the three companies as candidates, KvK numbers filled in where the provider has one"
)
def discover(stage: Stage, connection_id: str, companies: list[Company]) -> tuple[str, list[Candidate]]:
    session, items = find_candidates(stage, connection_id)
    wanted = {company.id for company in companies}
    found_all = wanted <= set(items) if stage.provider.covers_many else wanted == set(items)
    require(found_all, "the three companies", list(items))
    candidates = []
    for company in companies:
        item = items[company.id]
        require(item["kvk_number"] == company.kvk_number, f"KvK {company.kvk_number}", item["kvk_number"])
        require(not item["already_imported"], f"{company.name} not imported yet", "imported")
        stage.note(f"{item['name']}: KvK number {item['kvk_number'] or 'unknown to the provider'}")
        candidates.append(Candidate(item["id"], company, item["kvk_number"]))
    return session, candidates


def find_candidates(stage: Stage, connection_id: str) -> tuple[str, dict[str, Json]]:
    """A session whose discovery is over, and what it found, by the provider's ids."""
    session: str = stage.imports.post("/v1/import-sessions", {"connection_id": connection_id})["id"]
    seen: Json = {}

    def found() -> Json | None:
        seen.update(stage.imports.get(f"/v1/import-sessions/{session}"))
        return seen if seen["state"] != "discovering" else None

    until(found, within=30, what="the end of discovery", last=lambda: f"{seen['state']}, {seen['counts']}")
    require(seen["state"] == "selecting", "state selecting", f"{seen['state']} {seen.get('failure')}")
    listed = stage.imports.items(f"/v1/import-sessions/{session}/candidates")
    return session, {item["external_id"]: item for item in listed}


@step(
    "All three are selected and completed",
    expects="one by its KvK number, one by a number typed and looked up, the test administration by a sector",
)
def complete(stage: Stage, session: str, candidates: list[Candidate]) -> None:
    place, ids = f"/v1/import-sessions/{session}", [each.id for each in candidates]
    chosen = stage.imports.put(f"{place}/selection", {"candidate_ids": ids})["candidate_ids"]
    require(sorted(chosen) == sorted(ids), "all three selected", chosen)
    known = stage.imports.get(f"/v1/kvk/{TYPED_NUMBER}")
    require(known["name"] == TYPED_NAME, TYPED_NAME, known["name"])
    stage.note(f"KvK number {TYPED_NUMBER}: {known['name']}, says the trade register")
    profiles = [{"candidate_id": each.id, **_profile(each)} for each in candidates]
    stage.imports.put(f"{place}/profiles", {"items": profiles})
    listed = stage.imports.items(f"{place}/candidates")
    for item in (each for each in listed if each["id"] in ids):
        require(item["selected"] and not item["errors"], f"{item['name']} ready", item["errors"])
        stage.note(f"{item['name']}: {_in_words(item['profile'])}")


@step("The import is confirmed", expects="three administrations")
def confirm(stage: Stage, session: str, candidates: list[Candidate]) -> list[Administration]:
    confirmed = stage.imports.post(f"/v1/import-sessions/{session}/confirm", expected=202)["administrations"]
    ids = {each["candidate_id"]: each["id"] for each in confirmed}
    require(set(ids) == {each.id for each in candidates}, "all three candidates imported", confirmed)
    administrations = [Administration(ids[each.id], each.company) for each in candidates]
    for administration in administrations:
        seen = stage.imports.get(f"/v1/administrations/{administration.id}")
        require(
            seen["external_id"] == administration.company.id, administration.company.id, seen["external_id"]
        )
        stage.note(f"{seen['name']}: administration {seen['id']}")
    return administrations


def _profile(candidate: Candidate) -> Json:
    match candidate.company.profile:
        case Profile.PREFILLED:
            return {"kvk_number": candidate.kvk_number}
        case Profile.TYPED:
            return {"kvk_number": TYPED_NUMBER}
        case Profile.TEST:
            return {"no_kvk_reason": "test_or_demo", "sector": TEST_SECTOR}


def _in_words(profile: Json) -> str:
    if profile.get("kvk_number"):
        return f"KvK number {profile['kvk_number']}"
    return f"{profile['no_kvk_reason']}, sector {profile['sector']['code']} (SBI {profile['sector']['sbi_version']})"
