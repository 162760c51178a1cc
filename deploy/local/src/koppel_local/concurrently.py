"""Doing several things at once and hearing of the first that fails."""

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
