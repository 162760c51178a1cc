"""Crash points: every await of PostgreSQL and Kafka that our code reaches, before and after, by name.

Installed in a worker, which is then killed by its own hand at the n-th passing of one point. Names are made of
the call and of the two functions of ours that led to it, so they are found by a dry run rather than listed.
"""

import os
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

_OURS = (f"koppel{os.sep}platform{os.sep}", f"chaos{os.sep}rig{os.sep}")
_CALLS: tuple[tuple[type, str], ...] = (
    (asyncpg.Connection, "execute"),
    (asyncpg.Connection, "fetch"),
    (asyncpg.Connection, "fetchrow"),
    (asyncpg.Connection, "fetchval"),
    (AIOKafkaProducer, "start"),
    (AIOKafkaProducer, "partitions_for"),
    (AIOKafkaProducer, "send_batch"),
    (AIOKafkaConsumer, "start"),
    (AIOKafkaConsumer, "commit"),
    (AIOKafkaConsumer, "getmany"),
)


def install(crash_at: str | None, points: str | None) -> None:
    """`crash_at` is `name:n`; `points` a file that collects the names of all points passed."""
    if crash_at is None and points is None:
        return
    name, _, times = (crash_at or ":0").rpartition(":")
    passed: Counter[str] = Counter()

    def reached(point: str) -> None:
        passed[point] += 1
        if points is not None and passed[point] == 1:
            with Path(points).open("a", encoding="utf-8") as file:
                file.write(point + "\n")
        if point == name and passed[point] == int(times):
            os.kill(os.getpid(), signal.SIGKILL)

    for owner, call in _CALLS:
        _wrap(owner, call, reached)


def _wrap(owner: type, call: str, reached: Any) -> None:
    real = getattr(owner, call)

    async def wrapped(self: Any, *given: Any, **options: Any) -> Any:
        point = _name(owner, call, given)
        if point is None:
            return await real(self, *given, **options)
        reached(f"{point} before")
        answer = await real(self, *given, **options)
        reached(f"{point} after")
        return answer

    setattr(owner, call, wrapped)


def _name(owner: type, call: str, given: tuple[Any, ...]) -> str | None:
    frame: FrameType | None = sys._getframe(2)
    ours: list[str] = []
    while frame is not None and len(ours) < 2:
        file = frame.f_code.co_filename
        if any(part in file for part in _OURS) and not file.endswith("crash.py"):
            ours.append(f"{Path(file).stem}.{frame.f_code.co_name}")
        frame = frame.f_back
    if not ours and owner is not AIOKafkaConsumer:
        return None
    verb = (
        given[0].split()[0].strip(";").lower()
        if given and isinstance(given[0], str) and call == "execute"
        else call
    )
    return f"{' < '.join(ours) or owner.__name__} {verb}"
