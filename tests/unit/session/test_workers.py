"""What runs in one process, and in which order."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.session.workers import (
    IN_A_ROW,
    ROOT,
    WORKERS,
    pytest_make_parametrize_id,
    pytest_xdist_auto_num_workers,
    unit_of,
)

LISTED = {file for files in IN_A_ROW.values() for file in files}
SHARED_TOPICS = re.compile(r"(create_missing|ensure_topics)\(kafka_server|NewTopic\([A-Z]")


def test_every_listed_file_exists() -> None:
    assert [file for file in LISTED if not (ROOT / file).is_file()] == []


def test_the_stack_of_the_journeys_ends_with_them() -> None:
    """pytest ends what a folder shares at the folder's end where it is a package, elsewhere at the end of the run."""
    assert (ROOT / "tests/e2e/__init__.py").is_file()


def test_every_file_on_topics_of_production_is_listed() -> None:
    files = [*ROOT.glob("tests/integration/*/test_*.py"), *ROOT.glob("tests/component/*/test_*.py")]
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}
    on_them = {file for file, text in texts.items() if "kafka_server" in text and SHARED_TOPICS.search(text)}
    assert on_them - LISTED == set()


def test_a_file_stays_together_and_long_lists_of_independent_tests_do_not() -> None:
    assert unit_of("tests/unit/a/test_b.py::test_c[1::2]") == "tests/unit/a/test_b.py"
    assert unit_of("tests/chaos/test_mutants.py::test_c[x]") == "tests/chaos/test_mutants.py::test_c[x]"
    assert len({unit_of(f"tests/contract/canvas/test_{name}.py::test_d") for name in "ab"}) == 1
    stacks = {unit_of(f"{file}::test_c") for file in IN_A_ROW["whole stacks"]}
    assert stacks == {"whole stacks"}


@pytest.mark.parametrize(
    ("arguments", "processes"),
    [
        (["tests"], WORKERS),
        (["tests/unit", "tests/contract", "tests/component"], WORKERS),
        (["tests/unit"], 0),
        (["tests/unit/chaos", "tests/chaos"], 0),
        (["tests/integration/platform/test_processor.py::test_a"], 0),
    ],
)
def test_only_a_run_with_much_to_wait_for_is_spread(arguments: list[str], processes: int) -> None:
    config = SimpleNamespace(args=arguments, invocation_params=SimpleNamespace(dir=ROOT))
    assert pytest_xdist_auto_num_workers(config) == processes  # type: ignore[arg-type]


def test_a_fresh_id_stays_out_of_a_name() -> None:
    path = "/ops/v1/parked/0198c0de-0000-7000-8000-000000000001/retry"
    assert pytest_make_parametrize_id(path) == "/ops/v1/parked/an-id/retry"
    assert pytest_make_parametrize_id("0198c0de000070008000000000000001") == "an-id"
    assert pytest_make_parametrize_id("retry") is None
    assert pytest_make_parametrize_id(Path()) is None
