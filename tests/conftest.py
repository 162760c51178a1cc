"""What every test may ask for, and how a run is spread, cleared away and summed up."""

import os

# Whoever runs the tests may be logged in somewhere: `koppel` is not to use that here.
os.environ["KOPPEL_CONFIG_DIR"] = "/nonexistent"

pytest_plugins = [
    "tests.session.apps",
    "tests.session.databases",
    "tests.session.start",
    "tests.session.servers",
    "tests.session.slowest",
    "tests.session.workers",
    "tests.chaos.summary",
]
