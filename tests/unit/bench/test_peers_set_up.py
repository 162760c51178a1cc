"""The peer is what its lock file and its settings say; the work of writer and reader is told without loss."""

from pathlib import Path

import pytest
from tests.bench.peers.__main__ import parser
from tests.bench.peers.lock import LOCK, jars_under, lock_text, locked
from tests.bench.peers.measure import Sizes
from tests.bench.peers.settings import connector_settings, tuned, worker_properties
from tests.bench.peers.turn import peak_memory
from tests.bench.peers.work import Work, number_of

from koppel_local.kafka.jars import JarCache

WORK = Work(
    side="ours", dsn="postgresql://", kafka="127.0.0.1:1", topic="t", mark="m", count=2, size=1, rate=5
)


def test_the_lock_names_connect_and_the_router_of_the_version_that_the_figures_are_about() -> None:
    versions = {f"{jar.group}:{jar.artifact}": jar.version for jar in locked()}
    assert versions["io.debezium:debezium-connector-postgres"] == "3.6.0.Final"
    assert (
        versions["org.apache.kafka:connect-runtime"] == versions["org.apache.kafka:kafka-clients"] == "4.3.1"
    )


def test_the_lock_is_written_as_it_is_read() -> None:
    assert lock_text(reversed(locked())) == LOCK.read_text(encoding="utf-8")


def test_a_repository_folder_becomes_lock_lines(tmp_path: Path) -> None:
    first = locked()[0]
    place = JarCache(tmp_path).path(first)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"jar")
    (found,) = jars_under(tmp_path)
    assert (found.group, found.artifact, found.version) == (first.group, first.artifact, first.version)
    assert found.size == 3


def test_a_jar_that_the_lock_cannot_name_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "org/example/thing/1.0/thing-1.0-linux.jar"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"")
    with pytest.raises(ValueError, match="classifier"):
        jars_under(tmp_path)


def test_the_connector_reads_the_database_of_its_dsn() -> None:
    settings = connector_settings("postgresql://peer:p%40ss@127.0.0.1:5433/outboxes")
    assert {name: settings[f"database.{name}"] for name in ("hostname", "port", "user", "password", "dbname")} == {
        "hostname": "127.0.0.1", "port": "5433", "user": "peer", "password": "p@ss", "dbname": "outboxes",
    }  # fmt: skip


def test_what_the_report_says_was_set_is_set() -> None:
    settings = connector_settings("postgresql://peer:p@127.0.0.1:5433/peer")
    assert {name: settings[name] for name in tuned() if name != "Java"} == {
        name: value for name, value in tuned().items() if name != "Java"
    }


def test_the_worker_file_has_one_setting_a_line() -> None:
    lines = worker_properties("127.0.0.1:9092", "http://127.0.0.1:8083", "/offsets").splitlines()
    assert "bootstrap.servers=127.0.0.1:9092" in lines
    assert "listeners=http://127.0.0.1:8083" in lines
    assert all(line.count("=") == 1 for line in lines)


def test_a_worker_is_told_its_work_as_one_argument() -> None:
    assert Work.from_argument(WORK.to_argument()) == WORK


def test_an_event_is_known_by_its_number_and_all_have_one_length() -> None:
    names = [WORK.name(number) for number in (0, 59_999)]
    assert [number_of(name) for name in names] == [0, 59_999]
    assert len({len(name) for name in names}) == 1


def test_peak_memory_is_the_high_water_mark() -> None:
    assert peak_memory("VmPeak:\t 900 kB\nVmHWM:\t    1000 kB\nVmRSS:\t 800 kB\n") == pytest.approx(1.024)


def test_scaling_leaves_the_rounds_alone_and_enough_to_measure() -> None:
    small = Sizes(rounds=4).scaled(1e-9)
    assert (small.events, small.seconds, small.rounds) == (2_000, 2.0, 4)


@pytest.mark.parametrize(
    "words", [["--rounds", "0"], ["--rounds", "x"], ["--scale", "0"], ["--scale", "nan"]]
)
def test_the_command_line_refuses_nothing_to_do(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(words)
    assert "must be" in capsys.readouterr().err
