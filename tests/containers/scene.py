"""What every chapter works with: the engine, the compose file, and the token of the office that played the demo last."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.containers.asking import Asking
from tests.containers.compose import SERVICES, Compose
from tests.containers.engine import Engine, run

from koppel.kernel.ids import new_id
from koppel_local.failure import SetupFailed

Say = Callable[[str], None]


class Scene:
    def __init__(self, engine: Engine, compose: Compose, say: Say) -> None:
        self.engine, self.compose, self.say = engine, compose, say
        self._token = ""

    @contextmanager
    def chapter(self, title: str) -> Iterator[None]:
        """Say how long it took, and what it is called, when it went well."""
        began = time.monotonic()
        yield
        self.say(f"{time.monotonic() - began:6.1f} s  {title}")

    def detail(self, line: str) -> None:
        """Something of a chapter that somebody wants to know."""
        self.say(f"          {line}")

    def play_demo(self) -> None:
        """The whole demonstration by a new office, from outside, with a token made as docs/operating.md says."""
        self._token = self.compose.koppel(
            "token", "--organisation", str(new_id()), "--user", str(new_id()), "--role", "beheerder"
        ).strip()  # fmt: skip
        koppel = str(Path(sys.executable).with_name("koppel"))
        told = run(
            self.engine.beside(koppel, "demo", "--json"), said="koppel demo", environment=self._addresses()
        )
        json.loads(told.splitlines()[-1])

    def administrations(self) -> list[str]:
        """The ids of the office's, at the published port."""
        python = self.engine.beside(sys.executable)
        port = self.compose.ports["KOPPEL_IMPORT_SVC_PORT"]
        return Asking(python, "/v1/administrations", "127.0.0.1", port, self._token).ids()

    @contextmanager
    def keeps(self, what: str) -> Iterator[None]:
        """The administrations are the same afterwards; `what` happens in between."""
        before = self.administrations()
        yield
        if self.administrations() != before:
            raise SetupFailed("state_lost", f"{what} changed the administrations.", hint="See the volumes.")

    def asking_inside(self, service: str, path: str) -> Asking:
        """By the name that other services call it by, which may stand for several processes."""
        python = self.compose.command("run", "--rm", "--no-deps", "-T", "--entrypoint", "python", "koppel")
        return Asking(python, path, service, 8080, self._token)

    def image_id(self, name: str) -> str:
        """What that tag stands for now."""
        words = self.engine.command("image", "inspect", "--format", "{{.Id}}", name)
        return run(words, said=f"docker image inspect {name}").strip()

    def url(self, name: str) -> str:
        """Where this machine reaches it."""
        variable = f"KOPPEL_{name.upper().replace('-', '_')}_PORT"
        return f"http://127.0.0.1:{self.compose.ports[variable]}"

    def _addresses(self) -> dict[str, str]:
        services = {
            f"KOPPEL_{name.upper().replace('-', '_')}_URL": self.url(name) for name in (*SERVICES, "sandbox")
        }
        kafka = f"127.0.0.1:{self.compose.ports['KOPPEL_KAFKA_PORT']}"
        return {**services, "KOPPEL_KAFKA_BOOTSTRAP_SERVERS": kafka, "KOPPEL_TOKEN": self._token}
