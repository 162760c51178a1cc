"""What may follow what."""

import pytest

from koppel.kernel.errors import Conflict, IllegalTransition
from koppel.kernel.ids import new_id
from koppel.kernel.transitions import Transitions

LAMP = Transitions("lamp", {"new": {"on"}, "on": {"off", "broken"}, "off": {"on"}, "broken": set()})


def test_only_what_the_table_says_may_follow() -> None:
    allowed = {(before, after) for before in LAMP.table for after in LAMP.table if LAMP.allow(before, after)}
    assert allowed == {("new", "on"), ("on", "off"), ("on", "broken"), ("off", "on")}


def test_a_refusal_names_the_entity_and_is_a_conflict() -> None:
    lamp = new_id()
    with pytest.raises(IllegalTransition) as refused:
        LAMP.require("broken", "on", lamp, code="lamp_broken", detail="Buy another.")
    assert isinstance(refused.value, Conflict)
    assert (refused.value.code, refused.value.entity, refused.value.identifier) == (
        "lamp_broken",
        "lamp",
        lamp,
    )


def test_the_states_that_lead_somewhere_are_found() -> None:
    assert LAMP.before("on") == ("new", "off")


def test_it_is_printed_in_the_order_of_the_table() -> None:
    assert list(LAMP) == [("new", ("on",)), ("on", ("off", "broken")), ("off", ("on",)), ("broken", ())]
