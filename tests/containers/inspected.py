"""What the engine says of the images that it built: whose rights they have, how they are checked and stopped, how large they are."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.containers.engine import Engine, run
from tests.containers.images import IMAGES

from koppel_local.failure import SetupFailed

_LARGEST = 160_000_000
"""Bytes of what the recipe adds to its base."""


def expect_what_the_recipe_promises(engine: Engine, say: Callable[[str], None]) -> None:
    """Raises `SetupFailed` that names the image and what it lacks."""
    names = [f"koppel/{image}" for image in IMAGES]
    told = json.loads(run(engine.command("image", "inspect", *names), said="docker image inspect"))
    sizes = {image: _added(engine, image) for image in IMAGES}
    for image, found in zip(IMAGES, told, strict=True):
        promises = _promises(image, found["Config"]) | {"a small size": sizes[image] <= _LARGEST}
        if lacks := [what for what, holds in promises.items() if not holds]:
            raise SetupFailed("image_lacks", f"koppel/{image}: {', '.join(lacks)}.", hint="deploy/Dockerfile")
    least, most = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
    bounds = f"{sizes[least] / 1e6:.0f} MB ({least}) to {sizes[most] / 1e6:.0f} MB ({most})"
    say(f"          {len(sizes)} images add {bounds} to their base")


def _added(engine: Engine, image: str) -> int:
    """Bytes of the layers with our code and what it needs."""
    words = ("history", "--no-trunc", "--human=false", "--format", "{{json .}}", f"koppel/{image}")
    layers = map(json.loads, run(engine.command(*words), said="docker history").splitlines())
    return sum(int(layer["Size"]) for layer in layers if "/opt/koppel" in layer["CreatedBy"])


def _promises(image: str, config: Mapping[str, Any]) -> dict[str, bool]:
    labels = config["Labels"] or {}
    return {
        "a user without rights": config["User"] == "10001:10001",
        "a health check": bool(config.get("Healthcheck")),
        "SIGTERM": config["StopSignal"] == "SIGTERM",
        "its name as a label": labels.get("org.opencontainers.image.title") == image,
        "its release as a label": bool(labels.get("org.opencontainers.image.version")),
    }
