"""How many processes of a service the local stack runs."""

import pytest

from koppel_local.failure import SetupFailed
from koppel_local.stack.processes import more_processes


@pytest.mark.parametrize(
    ("given", "more"),
    [
        (None, {}),
        ("", {}),
        ("sync-svc=2", {"sync-svc": 1}),
        ("sync-svc=1", {}),
        (" sync-svc=2 , import-svc=4 ,", {"sync-svc": 1, "import-svc": 3}),
    ],
)
def test_services_are_named_with_their_number_of_processes(given: str | None, more: dict[str, int]) -> None:
    assert more_processes(given) == more


@pytest.mark.parametrize(
    "given", ["sync-svc", "sync-svc=0", "sync-svc=5", "sync-svc=two", "sandbox=2", "sync-svc=2;x=1", "=2"]
)
def test_what_cannot_be_read_is_told(given: str) -> None:
    with pytest.raises(SetupFailed, match="KOPPEL_PROCESSES") as told:
        more_processes(given)
    assert told.value.code == "processes_invalid"
