"""Failures are one line and a hint, taken from the part's own words where those say why."""

import errno
from pathlib import Path

import pytest

from koppel_local.failure import disk_failed, log_tail, part_failed


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("FATAL: could not write file: No space left on device", "disk_full"),
        ("java.net.BindException: Address already in use", "port_taken"),
        ("There is insufficient memory for the Java Runtime Environment", "memory_full"),
        ("something else", "part_not_ready"),
    ],
)
def test_the_log_of_the_part_decides_what_is_said(tmp_path: Path, words: str, code: str) -> None:
    log = tmp_path / "kafka.log"
    log.write_text(f"first\n{words}\n")
    failed = part_failed("Kafka", log, "ended while it was starting")
    assert failed.code == code
    assert failed.detail.startswith("Kafka ended while it was starting")
    assert failed.log_tail.endswith(words)
    assert "\n" not in str(failed)


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "disk_full"), (errno.EACCES, "no_permission"), (errno.EIO, "file_failed")],
)
def test_a_disk_that_refuses_is_named_with_the_place(number: int, code: str) -> None:
    failed = disk_failed(OSError(number, "refused", "/some/where"))
    assert failed.code == code
    assert "/some/where" in failed.detail


def test_a_tail_is_the_last_lines_of_a_log_of_any_length(tmp_path: Path) -> None:
    log = tmp_path / "long.log"
    log.write_text("\n".join(f"line {number}" for number in range(100_000)))
    assert log_tail(log, 2) == "line 99998\nline 99999"
    assert log_tail(tmp_path / "none.log") == ""
