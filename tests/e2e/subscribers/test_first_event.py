"""The first event in five minutes, by the README's commands; then a late reader gets its hole from the real owner."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from tests.integration.subscribers.quick_start import README, ROOT, commands, environment, running

from koppel.contracts.topics import CONNECTION
from koppel_local.stack.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# `make` would look after the environment that this test runs in; its commands are the same without.
_MAKE = 'if [ "$1" = -s ]; then shift; fi; if [ "$1" = token ]; then set -- token {arguments}; fi; exec "{python}" -m koppel_cli.main "$@"'
_WAYS = ("Python with aiokafka", "Node with kafkajs", "Python with Koppel's library")


def blocks() -> list[str]:
    text = README.read_text(encoding="utf-8")
    told = text.partition("<!-- first event: begin -->")[2].partition("<!-- first event: end -->")[0]
    return re.findall(r"^```sh\n(.*?)^```", told, re.MULTILINE | re.DOTALL)


@pytest.fixture
def variables(tmp_path: Path, state_dir: Path) -> dict[str, str]:
    """The state folder, and the `make` that the README names. It brings the stack up where none runs."""
    stand_ins = tmp_path / "stand-ins"
    stand_ins.mkdir()
    path = stand_ins / "make"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    (arguments,) = re.findall(r"^TOKEN_ARGS \?= (.+)$", makefile, re.MULTILINE)
    script = _MAKE.format(python=sys.executable, arguments=arguments)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    own = environment(tmp_path)
    return {**own, "PATH": f"{stand_ins}:{own['PATH']}", "KOPPEL_STATE_DIR": str(state_dir)}


def _run(script: str, folder: Path, variables: dict[str, str]) -> str:
    command = ["sh", "-euc", script]
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def _committed_past_everything(kafka: str, group: str) -> None:
    """The group begins where the topic ends now, as one whose earlier events are no longer kept."""
    async with AIOKafkaConsumer(
        bootstrap_servers=kafka, group_id=group, enable_auto_commit=False
    ) as consumer:
        places = [TopicPartition(CONNECTION.name, number) for number in range(CONNECTION.partitions)]
        consumer.assign(places)
        await consumer.commit(await consumer.end_offsets(places))


async def test_a_stranger_sees_an_event_goes_all_three_ways_and_gets_what_it_missed(
    variables: dict[str, str], tmp_path: Path
) -> None:
    start, act = blocks()
    async with running(start, tmp_path, variables) as subscriber:
        await subscriber.says("reading koppel.connection.v1", within=150)
        answer = _run(act, tmp_path, variables)
        await subscriber.says("applied 1 nl.koppel.ConnectionCreated.v1")
        assert await subscriber.stop() == 0, subscriber.lines
    connection_id = httpx.Response(200, content=answer).json()["id"]
    status = Stack(Path(variables["KOPPEL_STATE_DIR"])).status()
    kafka, api = status["kafka"]["bootstrap_servers"], status["services"]["connection-svc"]["url"]
    assert kafka is not None
    late = {**variables, "KAFKA": kafka, "CONSUMER": "late-reader"}
    await _committed_past_everything(kafka, late["CONSUMER"])
    token = _run(f"{act.splitlines()[0]}; echo $TOKEN", tmp_path, variables).strip()
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        deleted = await client.delete(f"{api}/v1/connections/{connection_id}")
    assert deleted.is_success, deleted.text
    for way in _WAYS:  # as printed, one after the other, each with names of its own
        script = "\n".join([start.splitlines()[1], commands(way, database=True)])
        async with running(script, tmp_path, {**variables, "FIRST_READER_PORT": "0"}) as subscriber:
            await subscriber.says(f"appl(ied|ying) 2 .*{connection_id}", within=90)
            assert await subscriber.stop() == 0, subscriber.lines
    async with running(commands("Python with aiokafka"), tmp_path, late) as subscriber:
        await subscriber.says(f"asked for 1 to 1 {connection_id}")
        await subscriber.says(f"applied 2 .*{connection_id}")
        assert subscriber.applied(connection_id)[:2] == [1, 2]
