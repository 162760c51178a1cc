"""`koppel`: what it prints, and that it fails with one line and a hint."""

import json
import re
from pathlib import Path
from uuid import uuid4

import jwt
import pytest

from koppel_cli.main import main
from koppel_cli.places import variable_of
from koppel_local.oauth.issuer import LocalIssuer
from koppel_local.stack.layout import SERVICES

ORDER = (
    "postgres",
    "kafka",
    "connection-svc",
    "import-svc",
    "assignment-svc",
    "sync-svc",
    "sandbox",
    "identity",
    "console",
)


def test_a_token_is_all_that_is_printed(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    LocalIssuer(state_dir / "identity").ensure_key()
    user, organisation = str(uuid4()), str(uuid4())
    asked = ["token", "--organisation", organisation, "--user", user, "--role", "beheerder", "--operator"]
    assert main([*asked, "--ttl", "90"]) == 0
    printed = capsys.readouterr()
    claims = jwt.decode(printed.out.strip(), options={"verify_signature": False})
    assert printed.err == ""
    assert (claims["sub"], claims["org"], claims["roles"]) == (user, organisation, ["beheerder"])
    assert claims["rights"] == ["operator", "preview", "replay"]
    assert claims["exp"] - claims["iat"] == 90


@pytest.mark.parametrize(
    ("asked", "rights"),
    [([], None), (["--right", "operator"], ["operator"]), (["--right", "payload"], ["payload"])],
)
def test_a_token_has_no_more_rights_than_asked_for(
    state_dir: Path, capsys: pytest.CaptureFixture[str], asked: list[str], rights: list[str] | None
) -> None:
    """Who may look at replays is not who may run them."""
    LocalIssuer(state_dir / "identity").ensure_key()
    assert main(["token", "--organisation", str(uuid4()), "--user", str(uuid4()), *asked]) == 0
    claims = jwt.decode(capsys.readouterr().out.strip(), options={"verify_signature": False})
    assert claims.get("rights") == rights


def test_a_services_token(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    LocalIssuer(state_dir / "identity").ensure_key()
    assert main(["token", "--service", "sync-svc"]) == 0
    claims = jwt.decode(capsys.readouterr().out.strip(), options={"verify_signature": False})
    assert (claims["sub"], claims["kind"]) == ("sync-svc", "service")


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        (["token", "--service", "sync-svc"], "make up"),
        (["token", "--role", "beheerder"], "--service"),
        (["logs", "kafka"], "make up"),
    ],
)
def test_a_failure_is_one_line_and_a_hint(
    command: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    error, advice = printed.err.splitlines()
    assert error.startswith("error: ")
    assert advice.startswith("hint: ")
    assert hint in advice


def test_status_of_nothing_has_the_promised_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json"]) == 1
    status = json.loads(capsys.readouterr().out)
    service: dict[str, object] = {"url": None, "ready": False, "pids": []}
    assert status == {
        "services": dict.fromkeys(("connection-svc", "import-svc", "assignment-svc", "sync-svc"), service),
        "kafka": {"bootstrap_servers": None, "ready": False, "pids": []},
        "postgres": {"dsn": None, "ready": False, "pids": []},
        "sandbox": service,
        "identity": service,
        "console": service,
    }


def test_status_and_down_of_nothing_make_nothing(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["status"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:9]] == list(ORDER)
    assert lines[9:] == ["needs somebody:", "  nothing runs: `make up` starts it"]
    assert list(state_dir.iterdir()) == []


def test_help_and_the_page_of_settings_name_every_variable_that_is_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = Path(__file__).parents[3]
    sources = [*(root / "deploy/cli/src").rglob("*.py"), *(root / "deploy/local/src").rglob("*.py")]
    # `koppel-local` is a command line of its own, with a test of its own.
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.parent.name != "jobs")
    read = set(re.findall(r'environ(?:\.get\(|\[)"(KOPPEL_[A-Z_]+)"', text))
    assert {"KOPPEL_TOKEN", "KOPPEL_STATE_DIR"} <= read
    read |= {"KOPPEL_DATABASE_URL", "KOPPEL_KAFKA_BOOTSTRAP_SERVERS"}
    read |= {variable_of(service.name) for service in SERVICES}
    main(["--help"])
    main(["up", "--help"])
    told = capsys.readouterr().out
    page = (root / "docs/settings.md").read_text(encoding="utf-8")
    assert {
        name for name in read if not (re.search(rf"\b{name}\b", told) and re.search(rf"\b{name}\b", page))
    } == set()


@pytest.mark.parametrize("command", ["parked", "replay", "stream"])
def test_help_of_a_command_that_calls_the_services_names_their_variables(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == 0
    told = capsys.readouterr().out
    names = ["KOPPEL_TOKEN", *(variable_of(service.name) for service in SERVICES)]
    assert [name for name in names if name not in told] == []


def test_logs_prints_the_end(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (state_dir / "logs").mkdir()
    (state_dir / "logs" / "sync-svc.log").write_text("one\ntwo\nthree\n")
    assert main(["logs", "sync-svc", "--lines", "2"]) == 0
    assert capsys.readouterr().out == "two\nthree\n"


@pytest.mark.parametrize(
    "command", [[], ["no-such-command"], ["token", "--ttl", "-1"], ["logs", "no-such-part"]]
)
def test_a_wrong_command_line_is_refused(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command) == 2
    error, advice = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ")
    assert advice.startswith("hint: usage: koppel ")
