"""Every scenario holds on the code as it is."""

import pytest
from tests.chaos.rig.registered import SCENARIOS
from tests.chaos.rig.stage import stage


@pytest.mark.parametrize("name", SCENARIOS)
async def test_it_holds(name: str, postgres_server: str, kafka_server: str) -> None:
    async with stage(postgres_server, kafka_server) as here:
        await SCENARIOS[name].play(here)
