"""A failure of the state machine becomes a file that is played again."""

from tests.chaos.rig.steps import steps

_PRINTED = """
E   AssertionError: k
E   Falsifying example:
E   state = MachineHere()
E   state.the_database_says_what_the_model_says()
E   state.write(fails='permanent', stream=0)
E   state.relay(again=0)
E   state.deliver(committed=False, count=2)
E   state.retry()
E   state.teardown()
"""


def test_the_printed_steps_are_read_as_they_were_taken() -> None:
    assert steps(_PRINTED) == [
        ("write", {"fails": "permanent", "stream": 0}),
        ("relay", {"again": 0}),
        ("deliver", {"committed": False, "count": 2}),
        ("retry", {}),
    ]


def test_of_several_runs_the_last_counts() -> None:
    assert steps("state = MachineHere()\nstate.rewind(back=1)\n" + _PRINTED) == steps(_PRINTED)
