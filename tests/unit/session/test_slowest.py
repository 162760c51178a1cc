"""The sums at the end of a run."""

from tests.session.slowest import folder_of, sums


def test_what_one_name_took_is_added_up_and_most_comes_first() -> None:
    assert list(sums([("a", 1.0), ("b", 2.5), ("a", 2.0)]).items()) == [("a", 3.0), ("b", 2.5)]


def test_a_folder_is_a_tier_and_what_it_tests() -> None:
    assert folder_of("tests/unit/platform/replay/test_pace.py::test_a[b/c]") == "tests/unit/platform"
    assert folder_of("tests/chaos/test_storm.py::test_a") == "tests/chaos"
