"""Every scenario and every seeded bug; a new file in either folder is found by itself."""

from importlib import import_module
from pathlib import Path

_CHAOS = Path(__file__).parents[1]

for _folder in ("scenarios", "mutants"):
    for _path in sorted((_CHAOS / _folder).glob("[!_]*.py")):
        import_module(f"tests.chaos.{_folder}.{_path.stem}")

from tests.chaos.mutants.catalogue import MUTANTS  # noqa: E402  (filled above)
from tests.chaos.rig.catalogue import SCENARIOS  # noqa: E402

__all__ = ["MUTANTS", "SCENARIOS"]
