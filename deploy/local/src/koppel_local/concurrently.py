"""Runs several things concurrently and reports the first failure."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor


def run_concurrently(tasks: Mapping[str, Callable[[], None]]) -> None:
    """Run all tasks in threads to their end, then raise the first failure in their order."""
    if not tasks:
        return
    with ThreadPoolExecutor(len(tasks), thread_name_prefix="koppel") as pool:
        running = [pool.submit(task) for task in tasks.values()]
    for task in running:
        task.result()
