"""Copies of deploy/kubernetes with another release or a mistake in it, and what an operator makes beside them."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import yaml
from tests.cluster.kubectl import Thing
from tests.contract.deployment.rendering import render

ROOT = Path(__file__).parents[2] / "deploy/kubernetes"
VARIANTS = ("small", "large", "large-by-age", "large-by-cpu")


class Release:
    """The manifests of one release, in a folder of their own."""

    def __init__(self, folder: Path, version: str) -> None:
        self._folder = folder / version
        shutil.copytree(ROOT, self._folder)
        self.become(version)

    def become(self, version: str) -> None:
        """Change the one line that an upgrade changes."""
        self.version = version
        line = self._folder / "release/release.yaml"
        config = yaml.safe_load(line.read_text(encoding="utf-8"))
        config["data"]["version"] = version
        line.write_text(yaml.safe_dump(config), encoding="utf-8")

    def variant(self, name: str) -> Path:
        return self._folder / name

    def change(self, file: str, before: str, after: str) -> None:
        """Put a mistake into one of the files."""
        path = self._folder / file
        text = path.read_text(encoding="utf-8")
        assert before in text, f"{file} has no {before!r}"
        path.write_text(text.replace(before, after), encoding="utf-8")

    def objects(self, variant: str) -> list[Thing]:
        return render(self.variant(variant))


def pod_of(thing: Thing) -> Thing | None:
    """The pod that it makes, if it makes one."""
    pod: Thing | None = thing.get("spec", {}).get("template", {}).get("spec")
    return pod


def asked_for(pod: Thing, kind: str) -> set[str]:
    """Names of the Secrets or ConfigMaps that this pod cannot start without."""
    ref, volume, named = (
        ("secretRef", "secret", "secretName") if kind == "Secret" else ("configMapRef", "configMap", "name")
    )
    variables = {
        source[ref]["name"]
        for container in pod["containers"]
        for source in container.get("envFrom", ())
        if ref in source and not source[ref].get("optional")
    }
    return variables | {each[volume][named] for each in pod.get("volumes", ()) if volume in each}


def secrets_for(objects: Iterable[Thing]) -> str:
    """What an operator makes outside: every Secret that a pod asks for."""
    pods = [pod for each in objects if (pod := pod_of(each)) is not None]
    names = sorted({name for pod in pods for name in asked_for(pod, "Secret")})
    return yaml.safe_dump_all(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "koppel"}}
        for name in names
    )
