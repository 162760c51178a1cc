"""Kubernetes' programs: those of the PATH, else built once from their Go modules, whose sums are locked in `modules/`."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.containers.__main__ import cache_folder
from tests.containers.engine import run

from koppel_local.failure import SetupFailed

KUBERNETES = "v1.34.4"
PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
}
NODE_PACKAGES = {
    "kubelet": "k8s.io/kubernetes/cmd/kubelet",
    "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
    "coredns": "koppel.example/cluster/names",
}
"""What whole nodes need more."""
_MODULES = Path(__file__).with_name("modules")
_MODULE_OF = {"coredns": _MODULES / "names"}
"""Where it is not the one of all others: its versions are others."""
_GO = (1, 24)
_PLACES = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go", "/usr/lib/go-1.26/bin/go", "/usr/lib/go-1.24/bin/go")
_LONGEST = 3600
"""Seconds of one build: ten minutes of two idle cores for all, much more on busy ones."""


def folder() -> Path:
    """Where what was built is kept."""
    return cache_folder().with_name("cluster") / KUBERNETES


def program(name: str) -> str:
    """Where it is; built when it is nowhere. Raises `SetupFailed` without Go."""
    if found := shutil.which(name):
        return found
    kept = folder() / name
    if not kept.is_file():
        _build(name, kept)
    return str(kept)


def missing(packages: Iterable[str] = PACKAGES) -> list[str]:
    """Those that would be built."""
    return [name for name in packages if not (shutil.which(name) or (folder() / name).is_file())]


def _build(name: str, kept: Path) -> None:
    major, minor, _ = KUBERNETES.removeprefix("v").split(".")
    version = {"gitVersion": KUBERNETES, "gitMajor": major, "gitMinor": minor}
    linked = " ".join(f"-X k8s.io/component-base/version.{key}={value}" for key, value in version.items())
    kept.parent.mkdir(parents=True, exist_ok=True)
    made = kept.with_name(f"{kept.name}.{os.getpid()}")
    module, package = _MODULE_OF.get(name, _MODULES), (PACKAGES | NODE_PACKAGES)[name]
    words = [_go(), "build", "-C", str(module), "-mod=readonly", "-trimpath", "-ldflags", f"-s -w {linked}"]
    settings = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    run(
        [*words, "-o", str(made), package],
        said=f"Building {name}",
        environment=settings,
        within=_LONGEST,
    )
    made.replace(kept)


def _go() -> str:
    """A Go that is new enough."""
    for place in (shutil.which("go"), *_PLACES):
        if place and Path(place).is_file() and _version(place) >= _GO:
            return place
    wanted = ".".join(str(part) for part in _GO)
    raise SetupFailed(
        "go_missing",
        f"Kubernetes' programs are neither on the PATH nor in the cache, and Go {wanted} or newer is missing to build them.",
        hint="Install Go, or put kube-apiserver, kube-controller-manager, kube-scheduler and etcd on the PATH.",
    )


def _version(go: str) -> tuple[int, ...]:
    """As in `go1.26.8`; nothing where it does not say."""
    said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    parts = said.strip().removeprefix("go").split(".")
    return tuple(int(part) for part in parts if part.isdecimal())
