"""The digests of others' images: one file, renewed whole or not at all."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.containers.engine import run

from koppel_local.failure import SetupFailed

PINS = Path(__file__).parents[2] / "deploy/images.yml"
_IMAGE = re.compile(r'"([\w./-]+:[\w.-]+)(?:@sha256:[0-9a-f]{64})?"')
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def ask_registry(image: str) -> str:
    """The digest that the tag has now. Raises `SetupFailed`."""
    if shutil.which("docker") is None:
        hint = "Install Docker with buildx; no engine has to run."
        raise SetupFailed("no_docker", "There is no docker to ask a registry with.", hint=hint)
    words = ["docker", "buildx", "imagetools", "inspect", image, "--format", "{{.Manifest.Digest}}"]
    return run(words, said=f"Asking the registry for {image}", within=120).strip()


def renew(file: Path, ask: Callable[[str], str] = ask_registry) -> str:
    """Write what every tag stands for now; says how many changed. Raises `SetupFailed` and leaves the file."""
    before = file.read_text(encoding="utf-8")
    digests = {image: ask(image) for image in dict.fromkeys(_IMAGE.findall(before))}
    if bad := [image for image, digest in digests.items() if not _DIGEST.fullmatch(digest)]:
        hint = "Ask again later; nothing was changed."
        raise SetupFailed("no_digest", f"The registry gave no digest for {', '.join(bad)}.", hint=hint)
    after = _IMAGE.sub(lambda found: f'"{found[1]}@{digests[found[1]]}"', before)
    file.write_text(after, encoding="utf-8")
    changed = sum(f"{image}@{digest}" not in before for image, digest in digests.items())
    return f"{len(digests)} images, {changed} with another digest"
