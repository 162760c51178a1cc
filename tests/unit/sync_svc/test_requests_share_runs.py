"""Which requests a run answers, and what a waiting run grows into."""

import pytest

from koppel.contracts.values import ResourceName, SyncMode, SyncTrigger
from sync_svc.domain.request import Priority, Wanted, priority_of

CONTACTS = frozenset({ResourceName.CONTACT})
CONTACTS_AND_VAT = frozenset({ResourceName.CONTACT, ResourceName.VAT_CODE})
FULL, INCREMENTAL = SyncMode.FULL, SyncMode.INCREMENTAL

EVERY_WISH = [
    Wanted(mode, resources) for mode in SyncMode for resources in (None, CONTACTS, CONTACTS_AND_VAT)
]


@pytest.mark.parametrize(
    ("doing", "asked", "covered"),
    [
        (Wanted(FULL), Wanted(INCREMENTAL), True),
        (Wanted(FULL), Wanted(FULL, CONTACTS), True),
        (Wanted(INCREMENTAL), Wanted(INCREMENTAL, CONTACTS), True),
        (Wanted(INCREMENTAL), Wanted(FULL), False),
        (Wanted(INCREMENTAL, CONTACTS), Wanted(FULL, CONTACTS), False),
        (Wanted(FULL, CONTACTS), Wanted(FULL), False),
        (Wanted(FULL, CONTACTS), Wanted(INCREMENTAL, CONTACTS_AND_VAT), False),
        (Wanted(FULL, CONTACTS_AND_VAT), Wanted(INCREMENTAL, CONTACTS), True),
    ],
)
def test_a_run_covers_what_asks_no_more_than_it_does(doing: Wanted, asked: Wanted, covered: bool) -> None:
    assert doing.covers(asked) is covered


@pytest.mark.parametrize("one", EVERY_WISH)
@pytest.mark.parametrize("other", EVERY_WISH)
def test_together_covers_both_whatever_the_order(one: Wanted, other: Wanted) -> None:
    both = one.together(other)
    assert both.covers(one)
    assert both.covers(other)
    assert both == other.together(one)


def test_together_asks_no_more_than_both() -> None:
    assert Wanted(INCREMENTAL).together(Wanted(INCREMENTAL)) == Wanted(INCREMENTAL)
    vat = frozenset({ResourceName.VAT_CODE})
    assert Wanted(FULL, CONTACTS).together(Wanted(INCREMENTAL, vat)) == Wanted(FULL, CONTACTS_AND_VAT)
    nothing: frozenset[ResourceName] = frozenset()
    assert Wanted(INCREMENTAL, nothing).together(Wanted(INCREMENTAL, vat)) == Wanted(INCREMENTAL, vat)


def test_a_person_goes_before_the_clock_and_the_clock_before_a_first_load() -> None:
    assert priority_of(SyncTrigger.USER, FULL) is Priority.ON_DEMAND
    assert priority_of(SyncTrigger.OPERATOR, INCREMENTAL) is Priority.ON_DEMAND
    assert priority_of(SyncTrigger.SCHEDULE, INCREMENTAL) is Priority.INCREMENTAL
    assert priority_of(SyncTrigger.IMPORT, FULL) is Priority.BACKFILL
    assert Priority.ON_DEMAND < Priority.INCREMENTAL < Priority.BACKFILL
