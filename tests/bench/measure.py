"""One run: a stack of its own is started, every part measured, everything stopped."""

import asyncio
import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.figures import Memory, Results
from tests.bench.first_sync import Measured, compare_syncs
from tests.bench.memory_run import watch_memory
from tests.bench.screen import Screen
from tests.bench.sizes import Sizes
from tests.bench.stage import Stage, new_world
from tests.bench.thousand import compare_imports

from koppel_local.progress import download_bar
from koppel_local.stack.parts import parts_of
from koppel_local.stack.stack import Stack

PARTS = ("syncs", "memory", "imports")


def measure(folder: Path, sizes: Sizes, parts: Sequence[str], screen: Screen) -> Results:
    """Measure these parts with a stack under `folder`. Raises `SetupFailed` when it does not start."""
    stack = Stack(folder, say=screen.say, progress=download_bar)
    load = os.getloadavg()[0]
    os.environ["KOPPEL_PROVIDERS_EACCOUNTING_LIMITS"] = (
        "off"  # as the sandbox's world of the bench has no limit
    )
    try:
        stack.up()
        sync_svc = parts_of(stack.state_dir, {}, screen.say, download_bar).services["sync-svc"]
        run = _measure(Stage.of(stack), sizes, parts, screen, sync_svc.stop)
        measured, memory = asyncio.run(run)
    finally:
        screen.say("stopping the stack")
        stack.down()
    return Results(
        comparisons=tuple(each for part in measured for each in part.comparisons),
        memory=memory,
        memory_records=sizes.memory_records,
        facts={title: facts for part in measured for title, facts in part.facts.items()},
        environment=_environment(load, sizes),
    )


async def _measure(
    stage: Stage, sizes: Sizes, parts: Sequence[str], screen: Screen, stop_syncs: Callable[[], None]
) -> tuple[list[Measured], tuple[Memory, ...]]:
    measured: list[Measured] = []
    memory: tuple[Memory, ...] = ()
    if "syncs" in parts or "memory" in parts:
        screen.say(f"the sandbox makes {sizes.contacts:,} contacts")
        (company,) = await new_world(stage.sandbox, companies=1, contacts=sizes.contacts)
        if "syncs" in parts:
            measured.append(await compare_syncs(stage, company, sizes, screen))
        if "memory" in parts:
            memory = await watch_memory(stage, company, sizes, screen)
    if "imports" in parts:
        companies = await new_world(stage.sandbox, companies=sizes.administrations, contacts=1)
        measured.append(await compare_imports(stage, companies, sizes, screen, stop_syncs))
    return measured, memory


def _environment(load: float, sizes: Sizes) -> dict[str, str]:
    return {
        "Contacts": f"{sizes.contacts:,}",
        "administrations": f"{sizes.administrations:,}",
        "rounds": str(sizes.rounds),
        "CPUs": str(os.cpu_count()),
        "Python": platform.python_version(),
        "load before / after": f"{load:.1f} / {os.getloadavg()[0]:.1f}",
    }
