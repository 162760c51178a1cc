"""What an operator has and makes before an installation: PostgreSQL, Kafka, an issuer, a provider; roles, schemas, Secrets, addresses."""

import base64
import json
from pathlib import Path
from typing import Any

import yaml
from tests.cluster.kubectl import Thing
from tests.cluster.manifests import ROOT, Release
from tests.containers.compose import SERVICES

from koppel_local.jobs.secret_files import make_files
from koppel_local.oauth.issuer import LocalIssuer

ISSUER = "http://identity.beside:8080"
SANDBOX = "http://sandbox.beside:8080"
KAFKA = "kafka.beside:9092"
_PAGE = Path(__file__).with_name("beside.yaml")
_REPOSITORY = Path(__file__).parents[3]
_PASSWORD = "koppel-local"
_CLIENT_SECRET = "koppel-local-secret"
_SCHEMAS = {name: name.removesuffix("-svc") for name in SERVICES}
_ROLES = tuple(f"{schema}_{kind}" for schema in _SCHEMAS.values() for kind in ("owner", "app"))
ADDRESSES = {
    "=kafka:9092": f"={KAFKA}",
    "https://identity.example.org/.well-known/jwks.json": f"{ISSUER}/oauth/jwks",
    "https://identity.example.org": ISSUER,
    "http://otel-collector:4318": "",
    "CONNECTION_SVC_PUBLIC_URL=https://koppel.example.org": "CONNECTION_SVC_PUBLIC_URL=http://connection-svc-app.koppel:8080",
    "https://koppel.example.org/,https://app.example.org/": "loopback",
}
"""What an operator changes in the kustomizations: each stands there, and what it becomes here."""


def address(service: str) -> str:
    """By the name of its Service, for pods and for callers outside."""
    return f"http://{service}-app.koppel:8080"


def with_addresses(release: Release) -> Release:
    """The same, changed as an operator does before the first installation."""
    texts = {path: path.read_text("utf-8") for path in ROOT.glob("*/kustomization.yaml")}
    for before, after in ADDRESSES.items():
        for path, text in texts.items():
            if before in text:
                release.change(str(path.relative_to(ROOT)), before, after)
    return release


def objects(images: dict[str, str]) -> str:
    """`beside.yaml` with the images, and with what the compose file tells PostgreSQL and Kafka."""
    services = yaml.safe_load((_REPOSITORY / "docker-compose.yml").read_text("utf-8"))["services"]
    kafka = services["kafka"]["environment"]
    kafka = {**kafka, "KAFKA_ADVERTISED_LISTENERS": f"CLIENT://{KAFKA},HOST://127.0.0.1:19092"}
    bootstrap = {"KOPPEL_DATABASE_URL": _database("postgres")} | {
        f"KOPPEL_{role.upper()}_PASSWORD": _PASSWORD for role in _ROLES
    }
    words = {
        "POSTGRES_IMAGE": images["postgres"],
        "POSTGRES_COMMAND": json.dumps(services["postgres"]["command"]),
        "KAFKA_IMAGE": images["apache/kafka"],
        "KAFKA_ENVIRONMENT": _variables(kafka),
        "BOOTSTRAP_ENVIRONMENT": _variables(bootstrap),
    }
    page = _PAGE.read_text("utf-8")
    for word, meant in words.items():
        page = page.replace(word, meant)
    return page


def make_keys(folder: Path) -> LocalIssuer:
    """Keys and tokens, in `folder`, once a run."""
    issuer = LocalIssuer(folder / "issuer")
    make_files(issuer, ISSUER, folder, dict.fromkeys(_ROLES, _PASSWORD))
    (folder / "connection-svc/client-secret").write_text(_CLIENT_SECRET)
    return issuer


def issuer_key(folder: Path) -> str:
    """The Secret of the issuer beside."""
    key = (folder / "issuer/signing-key.pem").read_bytes()
    return yaml.safe_dump(_secret("issuer", {"signing-key.pem": key}, namespace="beside"))


def secrets(folder: Path) -> str:
    """Those that the page of deploy/kubernetes asks for, with what `make_keys` made."""
    made = [_secret("koppel-console-files", {"session-key": (folder / "console/session-key").read_bytes()})]
    for service, schema in _SCHEMAS.items():
        prefix = service.upper().replace("-", "_")
        settings = {f"{prefix}_DATABASE_URL": _database(f"{schema}_app").encode()}
        if service == "import-svc":
            settings |= {"IMPORT_SVC_KVK_URL": f"{SANDBOX}/kvk".encode(), "IMPORT_SVC_KVK_API_KEY": b"any"}
        migration = {f"{prefix}_MIGRATION_DATABASE_URL": _database(f"{schema}_owner").encode()}
        files = {each.name: each.read_bytes() for each in (folder / service).iterdir()}
        made += [
            _secret(f"{service}-settings", settings),
            _secret(f"{service}-migration", migration),
            _secret(f"{service}-files", files),
        ]
    return yaml.safe_dump_all([*made, _secret("connection-svc-providers", _providers())])


def _providers() -> dict[str, bytes]:
    """Those of the compose file, each played by the sandbox."""
    text = (_REPOSITORY / "deploy/providers.env").read_text("utf-8")
    text = text.replace("/var/lib/koppel/connection-svc/", "/run/koppel/")
    for place in ("http://127.0.0.1:${KOPPEL_SANDBOX_PORT:-8190}", "http://sandbox:8080"):
        text = text.replace(place, SANDBOX)
    lines = [line.partition("=") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value.encode() for name, _, value in lines}


def _database(role: str) -> str:
    return f"postgresql://{role}:{_PASSWORD}@postgres.beside:5432/koppel"


def _secret(name: str, data: dict[str, bytes], *, namespace: str = "koppel") -> Thing:
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded}


def _variables(values: dict[str, Any]) -> str:
    return json.dumps([{"name": name, "value": str(value)} for name, value in values.items()])
