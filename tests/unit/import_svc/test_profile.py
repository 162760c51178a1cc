"""The rules of a profile."""

import pytest

from import_svc.domain.profile import Profile, ProfileDraft, completed, faults, profile
from koppel.contracts.values import NoKvkReason, Sector
from koppel.providers.kvk import kvk_number
from koppel.testing.growth import grows_in_proportion

RETAIL = Sector(sbi_version="2025", code="G")
NOWHERE = Sector(sbi_version="2025", code="W")
OLD = Sector(sbi_version="2008", code="G")


@pytest.mark.parametrize(
    "draft",
    [
        ProfileDraft("01234567"),
        ProfileDraft("69599084", None, RETAIL),
        ProfileDraft(None, None, RETAIL),
        ProfileDraft(None, "no_company", RETAIL),
        ProfileDraft(None, "test_or_demo", RETAIL),
    ],
)
def test_a_number_or_a_sector_or_a_reason_with_a_sector_is_enough(draft: ProfileDraft) -> None:
    assert faults(draft) == []
    made = profile(draft)
    assert (made.kvk_number, made.no_kvk_reason, made.sector) == (
        draft.kvk_number,
        draft.no_kvk_reason,
        draft.sector,
    )


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        (ProfileDraft("1234567"), {("kvk_number_invalid", "kvk_number")}),
        (ProfileDraft("123456789"), {("kvk_number_invalid", "kvk_number")}),
        (ProfileDraft("1234567a"), {("kvk_number_invalid", "kvk_number")}),
        (ProfileDraft("12 34567"), {("kvk_number_invalid", "kvk_number")}),
        (ProfileDraft("12345678\n"), {("kvk_number_invalid", "kvk_number")}),
        (ProfileDraft("١٢٣٤٥٦٧٨"), {("kvk_number_invalid", "kvk_number")}),
        (ProfileDraft(""), {("kvk_number_invalid", "kvk_number")}),
        (ProfileDraft(None, "lost_it", RETAIL), {("no_kvk_reason_unknown", "no_kvk_reason")}),
        (ProfileDraft("01234567", "no_company", RETAIL), {("kvk_number_and_reason", "no_kvk_reason")}),
        (ProfileDraft(None, "no_company"), {("sector_required", "sector")}),
        (ProfileDraft(None, None, NOWHERE), {("sector_unknown", "sector")}),
        (ProfileDraft("01234567", None, OLD), {("sector_unknown", "sector")}),
        (ProfileDraft(), {("profile_empty", "")}),
        (
            ProfileDraft("1", None, NOWHERE),
            {("kvk_number_invalid", "kvk_number"), ("sector_unknown", "sector")},
        ),
    ],
)
def test_each_broken_rule_is_named_with_its_field(
    draft: ProfileDraft, expected: set[tuple[str, str]]
) -> None:
    assert {(fault.code, fault.field) for fault in faults(draft)} == expected


@pytest.mark.parametrize(
    ("stored", "number", "sector", "expected"),
    [
        (None, None, None, None),
        (None, "01234567", None, Profile("01234567")),
        (None, None, RETAIL, Profile(None, None, RETAIL)),
        (Profile(None, None, RETAIL), "01234567", None, Profile("01234567", None, RETAIL)),
        (Profile("69599084"), "01234567", RETAIL, Profile("69599084", None, RETAIL)),
        (
            Profile(None, NoKvkReason.NO_COMPANY, RETAIL),
            "01234567",
            None,
            Profile(None, NoKvkReason.NO_COMPANY, RETAIL),
        ),
    ],
)
def test_what_the_provider_knows_completes_what_the_person_stored(
    stored: Profile | None, number: str | None, sector: Sector | None, expected: Profile | None
) -> None:
    assert completed(stored, number, sector) == expected


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["7", "kvk", " ", ".", "7590469 "])
def test_a_number_of_any_length_is_read_in_one_pass(piece: str) -> None:
    def act(text: str) -> None:
        assert faults(ProfileDraft(text))
        assert kvk_number(text) is None

    assert grows_in_proportion(act, piece, shortest=64)
