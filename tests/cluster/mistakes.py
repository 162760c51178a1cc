"""Mistakes that the checks find: each is put into a copy of the manifests, and some check has to say no."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.cluster.installation import Installation
from tests.cluster.kubectl import Refused
from tests.cluster.manifests import Release
from tests.cluster.seen import Broken

_RECIPE = "base/process/deployment.yaml"


def _two_releases(installation: Installation, release: Release) -> None:
    installation.apply(release)
    release.become("0.9.1")
    installation.apply(release)


def _apply_and_look(installation: Installation, release: Release) -> None:
    installation.apply(release)
    installation.expect_well_placed()


@dataclass(frozen=True)
class Mistake:
    """`found_by` runs the check; `says` is in what it says."""

    title: str
    file: str
    before: str
    after: str
    found_by: Callable[[Installation, Release], object]
    says: str


MISTAKES = (
    Mistake(
        "Jobs have no release in their names",
        "release/kustomization.yaml",
        "select: { kind: Job }\n        fieldPaths: [metadata.name]",
        "select: { kind: Job, name: nobody }\n        fieldPaths: [metadata.name]",
        _two_releases,
        "field is immutable",
    ),
    Mistake(
        "a selector changes",
        "import-svc/kustomization.yaml",
        "app.kubernetes.io/part-of: koppel",
        "app.kubernetes.io/part-of: koppel, tier: back",
        Installation.upgrade,
        "field is immutable",
    ),
    Mistake(
        "a container is privileged",
        _RECIPE,
        "allowPrivilegeEscalation: false",
        "privileged: true",
        Installation.dry_run,
        "would violate PodSecurity",
    ),
    Mistake(
        "a field is unknown",
        _RECIPE,
        "terminationGracePeriodSeconds: 45",
        "terminationGraceSeconds: 45",
        Installation.dry_run,
        "unknown field",
    ),
    Mistake(
        "pods ask for a ConfigMap that is not there",
        _RECIPE,
        "configMapRef: { name: settings }",
        "configMapRef: { name: setting }",
        Installation.upgrade,
        "new pods wait: not after",
    ),
    Mistake(
        "a rollout takes pods away before others are ready",
        _RECIPE,
        "maxUnavailable: 0",
        "maxUnavailable: 1",
        Installation.upgrade,
        "fewer pods served",
    ),
    Mistake(
        "a budget lets no pod go",
        "base/process/disruption-budget.yaml",
        "maxUnavailable: 1",
        "maxUnavailable: 0",
        _apply_and_look,
        "disruption budgets are counted: not after",
    ),
)


def found(mistake: Mistake, installation: Installation, release: Release) -> str:
    """What the check said. Raises `Broken` when it said nothing, or something else."""
    release.change(mistake.file, mistake.before, mistake.after)
    try:
        mistake.found_by(installation, release)
    except (Broken, Refused) as said:
        if mistake.says in str(said):
            return f"found: {mistake.says}"
        raise Broken(f"found for another reason: {said}") from said
    raise Broken("not found")
