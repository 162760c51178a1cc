"""Files that the runtime reads; links to `deploy/kafka` and `deploy/postgres`, where containers find them."""

from importlib.resources import as_file, files
from pathlib import Path


def asset(name: str) -> Path:
    """Path of one file of this package."""
    with as_file(files(__name__) / name) as path:
        return path
