"""What is changed, and the tests that should notice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """Modules (a package counts with all its modules) and the folders or files of the tests that run for them.

    Functions of those that `act_when_imported` are called by other modules while these are imported.
    """

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    act_when_imported: tuple[str, ...] = ()


FAST = (
    Target("assignment", ("assignment_svc.domain",), ("tests/unit/assignment_svc",)),
    Target("connection", ("connection_svc.domain",), ("tests/unit/connection_svc",)),
    Target("import", ("import_svc.domain",), ("tests/unit/import_svc",)),
    Target("sync", ("sync_svc.domain",), ("tests/unit/sync_svc",)),
    Target("kernel", ("koppel.kernel",), ("tests/unit/kernel",)),
    Target(
        "consumer",
        ("koppel.platform.consumer.decision", "koppel.platform.consumer.kafka.partition_groups"),
        ("tests/unit/platform",),
    ),
    Target(
        "providers",
        ("koppel.providers.mapping", "koppel.providers.conversion", "koppel.providers.listed_records"),
        ("tests/unit/providers",),
        act_when_imported=("koppel.providers.mapping", "koppel.providers.listed_records"),
    ),
    Target(
        "envelope",
        ("koppel.contracts.envelope",),
        ("tests/unit/contracts/test_envelope.py", "tests/unit/platform/test_hostile_envelopes.py"),
    ),
    Target(
        "gate",
        ("koppel.contracts.gate.differences",),
        (
            "tests/unit/contracts/test_differences.py",
            "tests/contract/events/test_gate.py",
            "tests/contract/events/test_gate_facts.py",
            "tests/contract/events/test_gate_sly_changes.py",
        ),
    ),
)
"""Pure code, by tests without a server."""

WITH_DATABASE = (
    Target(
        "rotate_token",
        ("connection_svc.application.rotate_token",),
        (
            "tests/unit/connection_svc/test_rotate_token.py",
            "tests/unit/connection_svc/test_rotation_timing.py",
            "tests/component/connection_svc/test_rotation_rules.py",
            "tests/component/connection_svc/test_refresh_crashes.py",
            "tests/component/connection_svc/test_access_tokens.py",
            "tests/component/connection_svc/test_token_calls.py",
            "tests/component/connection_svc/test_clock_that_jumps.py",
        ),
    ),
)
"""Code whose rules are statements, by tests on a real PostgreSQL."""
