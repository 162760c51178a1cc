"""The gate over canonical records: `canonical/schemas/<resource>/<revision>.json`, held like the events that carry them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from koppel.contracts import canonical
from koppel.contracts.canonical import CANONICAL
from koppel.contracts.canonical.fields import CanonicalRecord
from koppel.contracts.gate.differences import breaking
from koppel.contracts.gate.history import binds_the_same, revisions_in, schema_of, write_revision
from koppel.contracts.values import ResourceName

FOLDER = Path(canonical.__file__).parent / "schemas"


def problems(
    models: Mapping[ResourceName, type[CanonicalRecord]] = CANONICAL, root: Path = FOLDER
) -> Iterator[str]:
    """Every reason not to merge: a break against an earlier revision, one that is not committed, a resource gone."""
    for resource, model in models.items():
        history, now = revisions_in(root / resource), schema_of(model)
        if not history or not binds_the_same(history[-1], now):
            yield f"{model.__name__}: the model differs from {root / resource}; run `... gate write`"
        for number, earlier in enumerate(history, start=1):
            for difference in breaking(earlier, now):
                yield f"record {resource} against revision {number}: {difference}"
    for folder in sorted(root.iterdir()):
        if folder.name not in {str(resource) for resource in models}:
            yield f"record {folder.name}: published once, now missing"


def write(
    models: Mapping[ResourceName, type[CanonicalRecord]] = CANONICAL, root: Path = FOLDER
) -> Iterator[Path]:
    """Add revisions that are missing; none that is committed is changed."""
    for resource, model in models.items():
        if (path := write_revision(root / resource, schema_of(model))) is not None:
            yield path
