"""What the trade register proposes for a candidate, and that it never goes before a person."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from import_svc.domain.candidate import Candidate
from import_svc.domain.profile import Profile, SectorSource
from import_svc.domain.trade_register import (
    Activity,
    RegisteredCompany,
    RegistryEntry,
    RegistryStatus,
    quota_exceeded,
)
from koppel.contracts.values import NoKvkReason, Sector
from koppel.kernel.ids import new_id

AMSTERDAM = timezone(timedelta(hours=1))
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FARMING, BUILDING, RETAIL = (Sector(sbi_version="2025", code=code) for code in "AFG")
FARM = RegisteredCompany("01234567", "Kwekerij Smit", active=True, activities=(Activity("01131", main=True),))
CANDIDATE = Candidate(
    id=new_id(),
    grant_id=new_id(),
    provider="eaccounting",
    external_id="c-1",
    name="kwekerij  SMIT",
    kvk_number="01234567",
    vat_number=None,
    provider_sector=None,
    selected=True,
    stored=None,
    already_imported=False,
    administration_id=None,
    registry=RegistryEntry("01234567", FARM, NOW),
)


def test_a_main_activity_completes_the_profile() -> None:
    assert (CANDIDATE.sector, CANDIDATE.sector_source) == (FARMING, SectorSource.REGISTRY)
    assert CANDIDATE.profile == Profile("01234567", None, FARMING)
    assert CANDIDATE.registry_differs == []


def test_the_provider_goes_before_the_register_and_a_person_before_both() -> None:
    told = replace(CANDIDATE, provider_sector=BUILDING)
    assert (told.sector, told.sector_source) == (BUILDING, SectorSource.PACKAGE)
    decided = replace(told, stored=Profile(None, None, RETAIL))
    assert (decided.sector, decided.sector_source) == (RETAIL, SectorSource.PERSON)
    assert decided.profile == Profile("01234567", None, RETAIL)
    assert decided.registry_differs == told.registry_differs == ["sector"]


def test_another_name_in_the_register_is_shown() -> None:
    assert replace(CANDIDATE, name="Kwekerij De Vries").registry_differs == ["name"]


def test_what_gives_no_company_differs_in_nothing() -> None:
    for registry in (None, RegistryEntry("01234567"), RegistryEntry("01234567", None, NOW)):
        candidate = replace(CANDIDATE, name="Other", registry=registry)
        assert (candidate.registry_differs, candidate.sector, candidate.sector_source) == ([], None, None)


def test_the_number_that_is_looked_up_is_the_one_to_import_with() -> None:
    assert CANDIDATE.number == "01234567"
    assert replace(CANDIDATE, stored=Profile("69599084")).number == "69599084"
    assert replace(CANDIDATE, stored=Profile(None, None, RETAIL)).number == "01234567"
    assert replace(CANDIDATE, stored=Profile(None, NoKvkReason.NO_COMPANY, RETAIL)).number is None


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        (RegistryEntry("01234567"), RegistryStatus.UNAVAILABLE),
        (RegistryEntry("01234567", None, NOW), RegistryStatus.NOT_FOUND),
        (RegistryEntry("01234567", FARM, NOW), RegistryStatus.FOUND),
        (RegistryEntry("01234567", replace(FARM, active=False), NOW), RegistryStatus.ENDED),
    ],
)
def test_an_entry_says_what_the_register_said(entry: RegistryEntry, status: RegistryStatus) -> None:
    assert entry.status is status


@pytest.mark.parametrize(
    ("entry", "fresh_for"),
    [
        (RegistryEntry("01234567"), timedelta(0)),
        (RegistryEntry("01234567", None, NOW), timedelta(minutes=1)),
        (RegistryEntry("01234567", FARM, NOW), timedelta(days=7)),
    ],
)
def test_an_answer_is_fresh_for_so_long(entry: RegistryEntry, fresh_for: timedelta) -> None:
    assert not entry.is_fresh(NOW + fresh_for)
    assert entry.is_fresh(NOW + fresh_for - timedelta(microseconds=1)) is (fresh_for > timedelta(0))


def test_two_main_activities_of_one_section_are_sure() -> None:
    both = (Activity("01131", main=True), Activity("02100", main=True))
    assert replace(FARM, activities=both).sector == FARMING
    assert replace(FARM, activities=(*both, Activity("41000", main=True))).sector is None
    assert replace(FARM, activities=(Activity("01131", main=False),)).sector is None


@pytest.mark.parametrize(
    ("hour", "seconds"), [(time(23, 59, 30, tzinfo=UTC), 30), (time(0, 30, tzinfo=AMSTERDAM), 1_800)]
)
def test_a_new_day_of_look_ups_begins_at_midnight_utc(hour: time, seconds: int) -> None:
    refused = quota_exceeded(datetime.combine(date(2026, 11, 24), hour))
    assert (refused.code, refused.retry_after) == ("registry_quota_exceeded", seconds)
    assert "2,000" in refused.detail
