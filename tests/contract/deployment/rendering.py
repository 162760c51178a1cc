"""Manifests, as `kubectl apply -k` would send them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml


def render(folder: Path) -> list[dict[str, Any]]:
    """Every object of that kustomization."""
    kubectl = Path(sys.executable).with_name("kubectl")
    done = subprocess.run([kubectl, "kustomize", folder], capture_output=True, check=True, timeout=60)
    return list(yaml.load_all(done.stdout, Loader=yaml.CSafeLoader))
