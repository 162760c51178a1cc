"""A service's process whose task can be killed from outside: `python -m tests.chaos.roles.dying TASK sync_svc.main run`.

SIGUSR1 ends the task of that name, or of a coroutine of that name, as a bug in it would.
"""

import asyncio
import runpy
import signal
import sys


def main(task: str, module: str) -> None:
    """The service runs as it always does."""

    def kill(*_: object) -> None:
        loop = asyncio.get_running_loop()
        for each in asyncio.all_tasks(loop):
            if task in (each.get_name(), getattr(each.get_coro(), "__name__", "")):
                each.cancel()
        loop.call_soon_threadsafe(lambda: None)  # it may sleep

    signal.signal(signal.SIGUSR1, kill)
    sys.argv = [module, *sys.argv[3:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
