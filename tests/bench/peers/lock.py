"""`python -m tests.bench.peers.lock`: make the lock file of the peer's jars anew from pom.xml; needs Maven."""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from koppel_local.kafka.jars import Jar, read_lock

HERE = Path(__file__).parent
LOCK = HERE / "jars.lock"
_HEAD = """\
# Every jar of the peer in `make bench-peers`: Maven coordinates, SHA-256, bytes.
# Debezium's PostgreSQL connector and Kafka Connect, as pom.xml names them, with their runtime dependencies and the
# slf4j binding that lets them log. Made by `python -m tests.bench.peers.lock`.
"""


def locked() -> tuple[Jar, ...]:
    """The jars of the committed lock file."""
    return read_lock(LOCK.read_text(encoding="utf-8"))


def lock_text(jars: Iterable[Jar]) -> str:
    """The lock file of these jars, sorted."""
    lines = sorted(f"{jar.group}:{jar.artifact}:{jar.version} {jar.sha256} {jar.size}\n" for jar in jars)
    return _HEAD + "".join(lines)


def jars_under(folder: Path) -> list[Jar]:
    """Those of a folder in a Maven repository's layout: group/artifact/version/artifact-version.jar."""
    found = []
    for path in folder.rglob("*.jar"):
        *group, artifact, version, name = path.relative_to(folder).parts
        if name != f"{artifact}-{version}.jar":
            raise ValueError(f"{name} has a classifier, which the lock file cannot say")
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        found.append(Jar(".".join(group), artifact, version, digest, len(content)))
    return found


def main() -> int:
    """Let Maven resolve, then write down what it brought."""
    with tempfile.TemporaryDirectory(prefix="koppel-lock-") as folder:
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", "-Dmdep.useRepositoryLayout=true"]
        command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), *goal, f"-DoutputDirectory={folder}"]
        try:
            subprocess.run(command, check=True)
        except FileNotFoundError:
            print(
                "error: Maven (`mvn`) is not installed; only making a new lock file needs it.",
                file=sys.stderr,
            )
            return 1
        except subprocess.CalledProcessError:
            print("error: Maven could not resolve pom.xml; it says why above.", file=sys.stderr)
            return 1
        LOCK.write_text(lock_text(jars_under(Path(folder))), encoding="utf-8")
    print(f"{len(locked())} jars, {sum(jar.size for jar in locked()) / 1e6:.0f} MB in {LOCK}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
