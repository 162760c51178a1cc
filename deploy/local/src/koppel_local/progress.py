"""What the person sees while parts start: one line each, and a bar while something is downloaded."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class DownloadProgress(Protocol):
    """Shows one download of `total` bytes; inside, the yielded function is told of bytes that arrived."""

    def __call__(self, what: str, total: int) -> AbstractContextManager[Callable[[int], None]]: ...


@contextmanager
def no_progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Progress that is not shown."""
    del what, total
    yield lambda _: None


@contextmanager
def download_bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal; elsewhere a line at the start and one at the end. Goes to stderr."""
    # Imported here: a warm start downloads nothing and should not pay for the bar.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn  # noqa: PLC0415

    console = Console(stderr=True)
    megabytes = f"{total / 1e6:.0f} MB"
    if not sys.stderr.isatty():
        console.print(f"downloading {what}, {megabytes}", highlight=False)
        yield lambda _: None
        console.print(f"downloaded {what}", highlight=False)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(f"downloading {what}", total=total)
        yield lambda count: progress.update(task, advance=count)
