"""A process of a spread run begins with its own part of the files."""

from pathlib import Path

from tests.session.start import turned

FILES = [Path(name) for name in "abcdefg"]


def test_every_process_imports_all_and_begins_elsewhere() -> None:
    orders = [turned(FILES, place, 4) for place in range(4)]
    assert [sorted(order) for order in orders] == [FILES] * 4
    assert [order[0].name for order in orders] == ["a", "b", "d", "f"]


def test_fewer_files_than_processes_are_all_imported() -> None:
    assert [sorted(turned(FILES[:1], place, 4)) for place in range(4)] == [FILES[:1]] * 4
