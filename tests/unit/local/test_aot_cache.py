"""A broker is told of the cache of its classes where there is one."""

from pathlib import Path

import pytest

from koppel_local.kafka.aot_cache import aot_cache, aot_options


def test_it_is_named_where_it_is_and_nothing_is_said_where_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOPPEL_CACHE_DIR", str(tmp_path))
    assert aot_options() == []
    aot_cache().touch()
    assert aot_options()[-1] == f"-XX:AOTCache={tmp_path / 'kafka.aot'}"
