"""`koppel-local secrets | bootstrap | topics`: the jobs' command line."""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from koppel.kernel.errors import KoppelError
from koppel.platform.console import complain, say
from koppel_local.failure import SetupFailed, disk_failed
from koppel_local.jobs.passwords import given_passwords
from koppel_local.jobs.secret_files import make_files
from koppel_local.kafka.given import kafka_in_environment, kafka_of
from koppel_local.kafka.topics import ensure_topics
from koppel_local.oauth.issuer import LocalIssuer
from koppel_local.postgres.databases import bootstrap_database

_ENVIRONMENT = """\
environment:
  KOPPEL_DATABASE_URL              an administrator's connection string, for bootstrap
  KOPPEL_ADMINISTRATOR_PASSWORD    given to that administrator (default: the password stays)
  KOPPEL_<SCHEMA>_<KIND>_PASSWORD  of a service's role, CONNECTION, IMPORT, ASSIGNMENT or SYNC and OWNER or APP; or the
                                   path of a file, with _FILE
  KOPPEL_SANDBOX_CLIENT_SECRET written for connection-svc by secrets
  KOPPEL_KAFKA_BOOTSTRAP_SERVERS   brokers, for topics
  KOPPEL_KAFKA_SECURITY_PROTOCOL   and what it asks for, when they want TLS or a login: docs/settings.md
  KOPPEL_LOG_FORMAT                `json`: what a job says is a line of a log (default: a line for a person)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one job. Exit codes: 0 done, 1 failed with one line that says what to do, 2 wrong use."""
    given = _parser().parse_args(arguments)
    job: Callable[[argparse.Namespace], str] = given.job
    try:
        say(job(given))
    except KoppelError as error:
        complain(str(error))
        return 1
    except OSError as error:
        complain(str(disk_failed(error)))
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="koppel-local",
        description=__doc__,
        epilog=_ENVIRONMENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    jobs = parser.add_subparsers(required=True, metavar="JOB")
    secrets = jobs.add_parser("secrets", help="keys, tokens and password files, one folder a reader")
    secrets.add_argument("--issuer", type=Path, required=True, help="folder of the signing key")
    secrets.add_argument(
        "--issuer-url", required=True, help="where browsers find koppel-identity: the iss of tokens"
    )
    secrets.add_argument("--secrets", type=Path, required=True, help="parent of one folder a reader")
    secrets.set_defaults(job=_secrets)
    bootstrap = jobs.add_parser(
        "bootstrap",
        help="database, roles, schemas and rights, from KOPPEL_DATABASE_URL; changed passwords are applied",
    )
    bootstrap.set_defaults(job=_bootstrap)
    topics = jobs.add_parser("topics", help="the topics that are missing, on KOPPEL_KAFKA_BOOTSTRAP_SERVERS")
    topics.set_defaults(job=_topics)
    return parser


def _secrets(given: argparse.Namespace) -> str:
    make_files(LocalIssuer(given.issuer), given.issuer_url, given.secrets, given_passwords())
    return "keys, tokens and password files are there"


def _bootstrap(given: argparse.Namespace) -> str:
    del given
    passwords = given_passwords()
    own = os.environ.get("KOPPEL_ADMINISTRATOR_PASSWORD")
    bootstrap_database(_required("KOPPEL_DATABASE_URL"), passwords, own_password=own)
    return "database, roles and schemas are there, with these passwords"


def _topics(given: argparse.Namespace) -> str:
    del given
    _required("KOPPEL_KAFKA_BOOTSTRAP_SERVERS")
    ensure_topics(kafka_of(kafka_in_environment()))
    return "the topics are there"


def _required(variable: str) -> str:
    if value := os.environ.get(variable):
        return value
    raise SetupFailed("variable_missing", f"{variable} is not set.", hint="Say where the server is.")
