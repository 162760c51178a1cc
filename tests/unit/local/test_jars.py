"""The broker's jars: what the lock file says is what is run, or nothing is."""

import hashlib
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

from koppel_local.failure import SetupFailed
from koppel_local.kafka import jar_download, jars
from koppel_local.kafka.class_path import class_path
from koppel_local.kafka.jar_download import JarDownload
from koppel_local.kafka.jars import Jar, JarCache, read_lock

BODY = b"the bytes of a jar"
JAR = Jar("org.example", "thing", "1.0", hashlib.sha256(BODY).hexdigest(), len(BODY))
SOURCE = "https://repository.example/maven2"


def download(folder: Path, answer: httpx.Response | Exception) -> JarDownload:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        assert str(request.url) == f"{SOURCE}/org/example/thing/1.0/thing-1.0.jar"
        return answer

    return JarDownload(JarCache(folder), SOURCE, httpx.MockTransport(handle))


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jar_download, "_FIRST_PAUSE", 0.0)


def test_the_committed_lock_names_the_broker_and_a_binding_that_lets_it_log() -> None:
    locked = {f"{jar.group}:{jar.artifact}": jar.version for jar in read_lock()}
    assert locked["org.apache.kafka:kafka_2.13"] == "4.4.0"
    assert (
        locked["org.apache.logging.log4j:log4j-slf4j-impl"] == locked["org.apache.logging.log4j:log4j-core"]
    )
    assert len(locked) == 45


@pytest.mark.parametrize("line", ["a:b:1", f"a:b {'0' * 64} 1", f"a:b:1 {'0' * 63} 1", f"a:b:1 {'0' * 64} x"])
def test_a_bad_lock_line_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_lock(f"# comment\n{line}\n")


def test_a_fetched_jar_is_kept_and_reported(tmp_path: Path) -> None:
    arrived: list[int] = []
    kept = JarCache(tmp_path)
    assert kept.missing([JAR]) == [JAR]
    download(tmp_path, httpx.Response(200, content=BODY)).fetch([JAR], arrived.append)
    assert kept.missing([JAR]) == []
    assert kept.path(JAR).read_bytes() == BODY
    assert sum(arrived) == len(BODY)


def test_a_jar_with_another_hash_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed) as refused:
        download(tmp_path, httpx.Response(200, content=b"other bytes")).fetch([JAR], lambda _: None)
    assert refused.value.code == "hash_mismatch"
    assert "thing-1.0.jar" in refused.value.detail
    assert "KOPPEL_MAVEN_REPOSITORY" in refused.value.hint
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_spoilt_jar_in_the_cache_is_fetched_again(tmp_path: Path) -> None:
    kept = JarCache(tmp_path)
    kept.path(JAR).parent.mkdir(parents=True)
    kept.path(JAR).write_bytes(BODY[:-1])
    assert kept.missing([JAR]) == [JAR]
    download(tmp_path, httpx.Response(200, content=BODY)).fetch([JAR], lambda _: None)
    assert kept.missing([JAR]) == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(404), "HTTP 404"),
        (httpx.Response(503), "HTTP 503"),
        (httpx.ConnectError("no route to host"), "no route to host"),
    ],
)
def test_a_repository_that_does_not_serve_it_is_named_with_a_hint(
    tmp_path: Path, answer: httpx.Response | Exception, reason: str
) -> None:
    with pytest.raises(SetupFailed) as failed:
        download(tmp_path, answer).fetch([JAR], lambda _: None)
    assert failed.value.code == "download_failed"
    assert SOURCE in failed.value.detail
    assert reason in failed.value.detail
    assert "\n" not in failed.value.detail


def test_cache_and_repository_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KOPPEL_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert jars.cache_folder() == tmp_path / "xdg" / "koppel" / "jars"
    monkeypatch.setenv("KOPPEL_CACHE_DIR", str(tmp_path / "own"))
    assert jars.cache_folder() == tmp_path / "own" / "jars"
    monkeypatch.setenv("KOPPEL_MAVEN_REPOSITORY", "https://mirror.example/maven/")
    assert jars.repository() == "https://mirror.example/maven"


def test_the_class_path_keeps_the_order_of_the_lock_and_fetches_nothing_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOPPEL_CACHE_DIR", str(tmp_path))
    locked = [JAR, Jar("org.example", "other", "2.0", JAR.sha256, JAR.size)]
    kept = JarCache(jars.cache_folder())
    for jar in locked:
        kept.path(jar).parent.mkdir(parents=True)
        kept.path(jar).write_bytes(BODY)

    def no_download(what: str, total: int) -> NoReturn:
        raise AssertionError(f"{what}: {total} bytes")

    assert class_path(locked, "jars", no_download) == f"{kept.path(locked[0])}:{kept.path(locked[1])}"
