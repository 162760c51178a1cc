"""The issuer without passwords: one machine's, by one address, and never a cluster's."""

from pathlib import Path
from urllib.parse import urlsplit

from koppel_identity.main import options_of

from .compose_file import SERVICES, Compose


def test_its_address_is_the_iss_that_services_take_and_that_jobs_write(compose: Compose) -> None:
    issuer = options_of(compose.services["identity"]["command"]).issuer
    port = compose.services["identity"]["ports"][0].removesuffix(":8080")
    assert issuer == f"http://{port}"
    assert {compose.services[each]["environment"]["KOPPEL_JWT_ISSUER"] for each in SERVICES} == {issuer}
    assert f"--issuer-url={issuer}" in compose.services["prepare"]["command"]


def test_other_containers_may_call_it_by_its_name_alone(compose: Compose) -> None:
    options = options_of(compose.services["identity"]["command"])
    assert options.allow_host == ["identity"]
    assert urlsplit(options.connection_svc).hostname == "connection-svc"
    assert urlsplit(options.assignment_svc).hostname == "assignment-svc"


def test_it_starts_only_where_it_is_asked_for_and_on_loopback(compose: Compose) -> None:
    identity = compose.services["identity"]
    assert identity["profiles"] == ["identity"]
    assert all(port.startswith("127.0.0.1:") for port in identity["ports"])
    assert "issuer:/var/lib/koppel/issuer:ro" in identity["volumes"]


def test_no_manifest_of_a_cluster_names_it(root: Path) -> None:
    files = [path for path in (root / "deploy/kubernetes").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if "koppel-identity" in path.read_text(encoding="utf-8")]
