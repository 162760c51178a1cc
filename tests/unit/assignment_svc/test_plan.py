"""Planning, without anything around it."""

import random
from collections.abc import Sequence
from uuid import UUID

import pytest

from assignment_svc.domain.assignment import Assignment, Placement, Rule
from assignment_svc.domain.plan import (
    Difference,
    PlanItem,
    Setting,
    UsersChange,
    UsersMode,
    Wanted,
    differences,
    placed,
    planned,
    summarise,
)

A, B, C, D = (UUID(int=number) for number in range(1, 5))
NORTH, SOUTH, YEARLY, MONTHLY = (UUID(int=number) for number in range(11, 15))


def users(mode: UsersMode, *ids: UUID) -> Wanted:
    return Wanted(users=UsersChange(mode, ids))


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        pytest.param(
            Placement.of(), Wanted(division=Setting(NORTH)), Placement.of(division_id=NORTH), id="set"
        ),
        pytest.param(
            Placement.of(division_id=NORTH), Wanted(division=Setting(None)), Placement.of(), id="clear"
        ),
        pytest.param(
            Placement.of(division_id=NORTH, template_id=YEARLY),
            Wanted(division=Setting(SOUTH)),
            Placement.of(division_id=SOUTH, template_id=YEARLY),
            id="the absent field stays",
        ),
        pytest.param(
            Placement.of(division_id=NORTH, template_id=YEARLY),
            Wanted(template=Setting(MONTHLY)),
            Placement.of(division_id=NORTH, template_id=MONTHLY),
            id="another template",
        ),
        pytest.param(
            Placement.of(template_id=YEARLY), Wanted(template=Setting(None)), Placement.of(), id="no template"
        ),
        pytest.param(
            Placement.of(user_ids=[A]), users(UsersMode.ADD, B, A), Placement.of(user_ids=[A, B]), id="add"
        ),
        pytest.param(
            Placement.of(user_ids=[A, B]),
            users(UsersMode.REMOVE, B, C),
            Placement.of(user_ids=[A]),
            id="remove",
        ),
        pytest.param(
            Placement.of(user_ids=[A, B]),
            users(UsersMode.REPLACE, C),
            Placement.of(user_ids=[C]),
            id="replace",
        ),
        pytest.param(
            Placement.of(user_ids=[A]), users(UsersMode.REPLACE), Placement.of(), id="replace by nobody"
        ),
    ],
)
def test_a_wish_leads_to_a_placement(before: Placement, wanted: Wanted, after: Placement) -> None:
    assert placed(before, wanted) == after


def test_users_are_a_set_in_one_order() -> None:
    assert Placement.of(user_ids=[C, A, C, B]).user_ids == (A, B, C)


def test_differences_name_only_what_changes() -> None:
    before = assignment(Placement.of(division_id=NORTH, template_id=YEARLY, user_ids=[A]))
    [item] = planned([before], Wanted(division=Setting(None), template=Setting(YEARLY)))
    assert differences(item) == [Difference("division_id", NORTH, None)]


def test_differences_show_each_field_before_and_after() -> None:
    before = assignment(Placement.of(division_id=NORTH, template_id=YEARLY, user_ids=[A]))
    wanted = Wanted(
        division=Setting(SOUTH), template=Setting(MONTHLY), users=UsersChange(UsersMode.ADD, (B,))
    )
    [item] = planned([before], wanted)
    assert item.administration_id == before.administration_id
    assert differences(item) == [
        Difference("division_id", NORTH, SOUTH),
        Difference("template_id", YEARLY, MONTHLY),
        Difference("user_ids", (A,), (A, B)),
    ]


def test_a_summary_counts_administrations_and_pairs() -> None:
    current = [
        assignment(Placement.of(user_ids=[A])),
        assignment(Placement.of(user_ids=[A, B], division_id=NORTH)),
        assignment(Placement.of(user_ids=[B, C], division_id=NORTH)),
    ]
    wanted = Wanted(division=Setting(NORTH), users=UsersChange(UsersMode.REPLACE, (B, C)))
    summary = summarise(planned(current, wanted))
    assert (summary.administrations, summary.changed, summary.unchanged) == (3, 2, 1)
    assert (summary.divisions_changed, summary.templates_changed) == (1, 0)
    assert (summary.users_added, summary.users_removed) == (3, 2)


def test_planning_the_same_wish_again_changes_nothing() -> None:
    for before, wanted in anything(300):
        once = placed(before, wanted)
        assert placed(once, wanted) == once


def test_adding_what_was_not_there_and_removing_it_is_no_change() -> None:
    for before, _ in anything(300):
        new = tuple({A, B, C, D} - set(before.user_ids))
        assert placed(placed(before, users(UsersMode.ADD, *new)), users(UsersMode.REMOVE, *new)) == before


def test_an_item_is_changed_exactly_when_it_has_differences() -> None:
    for before, wanted in anything(300):
        item = PlanItem(before=assignment(before), after=placed(before, wanted))
        assert item.changed == bool(differences(item))


def assignment(placement: Placement) -> Assignment:
    return Assignment(
        administration_id=UUID(int=99), placement=placement, rule=Rule.DEFAULT, plan_id=None, version=1
    )


def anything(times: int) -> Sequence[tuple[Placement, Wanted]]:
    """Placements and wishes of every kind, the same at each run."""
    chance = random.Random(20261124)

    def some(*ids: UUID) -> tuple[UUID, ...]:
        return tuple(chance.sample(ids, chance.randrange(len(ids) + 1)))

    def setting(*values: UUID | None) -> Setting | None:
        return chance.choice([None, *map(Setting, values)])

    def one() -> tuple[Placement, Wanted]:
        before = Placement.of(
            division_id=chance.choice([None, NORTH, SOUTH]),
            template_id=chance.choice([None, YEARLY]),
            user_ids=some(A, B, C, D),
        )
        change = chance.choice([None, *UsersMode])
        wanted = Wanted(
            division=setting(None, NORTH, SOUTH),
            template=setting(None, YEARLY),
            users=None if change is None else UsersChange(change, some(A, B, C, D)),
        )
        return before, wanted

    return [one() for _ in range(times)]
