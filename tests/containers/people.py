"""People at the console: they log in at the issuer of the compose file, and see pages that every service answered."""

import json
import sys

from tests.containers.engine import run
from tests.containers.scene import Scene


def log_in(scene: Scene) -> None:
    """A new office, and an operator."""
    scene.compose.documented("The console")
    words = ("-m", "tests.containers.person", scene.url("console"), "Kantoor van containers")
    seen = json.loads(run(scene.engine.beside(sys.executable, *words), said="A person at the console"))
    scene.detail(f"{len(seen)} pages seen: {', '.join(dict.fromkeys(seen))}")
