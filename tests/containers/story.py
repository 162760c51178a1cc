"""What an operator does with a release, from the first start to the next release, and what must be true after each."""

import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.containers.asking import Asking
from tests.containers.compose import SERVICES, Compose, until
from tests.containers.engine import Engine, run
from tests.containers.images import NEWER
from tests.containers.tree import LAID_OVER

from koppel.kernel.ids import new_id
from koppel_local.failure import SetupFailed

Say = Callable[[str], None]
ODD = "a/b@c#d%e?f&g:h i'\"\\$$x{}é" + secrets.token_hex(4)
"""What breaks URLs, shells, SQL and files of variables."""
_ROLES = [f"{service.removesuffix('-svc')}_{kind}" for service in SERVICES for kind in ("owner", "app")]


class Story:
    def __init__(self, engine: Engine, compose: Compose, say: Say) -> None:
        self._engine, self._compose, self._say = engine, compose, say
        self._organisation, self._user = new_id(), new_id()
        self._token = ""

    @contextmanager
    def chapter(self, title: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._say(f"{time.monotonic() - began:6.1f} s  {title}")

    def check_file(self) -> None:
        """Strict: what the engine warns of is an error."""
        command = self._compose.command("--profile", "*", "config", "--quiet")
        if said := run(["sh", "-c", '"$@" 2>&1', "sh", *command], said="docker compose config").strip():
            raise SetupFailed("compose_warning", said, hint="Mend docker-compose.yml.")

    def play(self) -> None:
        """The whole demonstration, from outside, with a token made as docs/operating.md says."""
        self._token = self._compose.koppel(
            "token", "--organisation", str(self._organisation), "--user", str(self._user), "--role", "beheerder"
        ).strip()  # fmt: skip
        koppel = str(Path(sys.executable).with_name("koppel"))
        told = run(
            self._engine.beside(koppel, "demo", "--json"), said="koppel demo", environment=self._addresses()
        )
        json.loads(told.splitlines()[-1])

    def kill_one(self) -> None:
        """A process that is killed comes back by itself, and is ready."""
        container = self._compose.container("sync-svc")
        container.kill()
        until(
            lambda: container.state()["restarts"] != 0 and container.state()["health"] == "healthy",
            within=240,
            what="The return of the killed sync-svc",
        )

    def start_again(self) -> None:
        """Everything, with other passwords; what was there is there."""
        before = self._asking().administrations()
        self._compose.run("down")
        self._compose.set_variables(
            POSTGRES_PASSWORD=ODD, **{f"KOPPEL_{role.upper()}_PASSWORD": f"{ODD}{role}" for role in _ROLES}
        )
        self._compose.up()
        if self._asking().administrations() != before:
            raise SetupFailed("state_lost", "A restart changed the administrations.", hint="See the volumes.")

    def look_for_passwords(self) -> None:
        """No log says any of them, nor a part that would be taken for a port or host."""
        logs = self._compose.run("logs", "--no-color")
        for part in (ODD, ODD[-8:], "koppel-local-secret"):
            if part in logs:
                raise SetupFailed("secret_in_log", "A log holds a password.", hint="docker compose logs")

    def upgrade(self, tree: Path) -> None:
        """`pre`, the new code, `post`, while an office asks and is always answered."""
        self._compose.use(tree)
        renamed = self._engine.command("tag", f"koppel/sync-svc:{NEWER}", "koppel/sync-svc")
        run(renamed, said="docker tag")
        with self._asking() as asking:
            self._compose.up()
        logs = self._compose.run("logs", "--no-color", "migrate-sync-svc", "finish-sync-svc")
        if missing := [name for name in LAID_OVER if f"applied sync_svc/{name}" not in logs]:
            raise SetupFailed("not_migrated", f"Not applied: {missing}.", hint="docker compose logs")
        self._say(
            f"          the office asked {asking.asked} times meanwhile; the longest wait was {asking.longest:.1f} s"
        )

    def watch(self) -> None:
        """What the page says to look at; a token that it says how to make."""
        seen = self._compose.documented("Watch")
        for part in ("sync-svc", '"level"', "nothing is parked", "no topic differs"):
            if part not in seen:
                raise SetupFailed("not_seen", f"Watching does not show {part!r}.", hint=seen[-500:])
        if self._compose.documented("A token").strip().count(".") != 2:
            raise SetupFailed("no_token", "That printed no token.", hint="docker compose run koppel token")

    def back_up_and_restore(self) -> None:
        """What the page says; the services accept the restore."""
        before = self._asking().administrations()
        self._compose.documented("Back up")
        self._compose.documented("Restore")
        self._compose.up()
        if self._asking().administrations() != before:
            raise SetupFailed("restore_lost", "The restore lost administrations.", hint="Look at the dump.")

    def refuse_a_bootstrap(self) -> None:
        """One that cannot do its work says so, with a line, and nothing follows it."""
        words = [
            "run",
            "--rm",
            "--no-deps",
            "-T",
            "-e",
            "KOPPEL_SYNC_APP_PASSWORD_FILE=/nowhere",
            "bootstrap",
        ]
        try:
            self._compose.run(*words)
        except SetupFailed as failure:
            if "KOPPEL_SYNC_APP_PASSWORD_FILE names /nowhere" in failure.log_tail:
                return
            raise
        raise SetupFailed("bootstrap_lied", "A bootstrap without a password succeeded.", hint="See its log.")

    def leave(self) -> None:
        """Nothing of the project stays with the engine."""
        self._compose.run("down", "--volumes", "--remove-orphans")
        if left := self._compose.run("ps", "--all", "--quiet").split():
            raise SetupFailed("left_behind", f"Still there: {left}.", hint="docker compose ps --all")

    def _asking(self) -> Asking:
        return Asking(self._engine, self._url("import-svc"), self._token)

    def _url(self, name: str) -> str:
        variable = f"KOPPEL_{name.upper().replace('-', '_')}_PORT"
        return f"http://127.0.0.1:{self._compose.ports[variable]}"

    def _addresses(self) -> dict[str, str]:
        services = {
            f"KOPPEL_{name.upper().replace('-', '_')}_URL": self._url(name) for name in (*SERVICES, "sandbox")
        }
        kafka = f"127.0.0.1:{self._compose.ports['KOPPEL_KAFKA_PORT']}"
        return {**services, "KOPPEL_KAFKA_BOOTSTRAP_SERVERS": kafka, "KOPPEL_TOKEN": self._token}
