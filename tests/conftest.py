"""What every test may ask for, and how a run is spread, cleared away and summed up."""

pytest_plugins = [
    "tests.session.databases",
    "tests.session.servers",
    "tests.session.slowest",
    "tests.session.workers",
    "tests.chaos.summary",
]
