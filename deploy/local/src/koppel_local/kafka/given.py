"""A cluster that somebody else runs, as `KOPPEL_KAFKA_…` say."""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from koppel.platform.database_url import read_password
from koppel.platform.kafka.access import KafkaAccess
from koppel.platform.kafka.settings import KafkaSettings
from koppel.platform.settings import environment
from koppel_local.failure import SetupFailed

SERVERS = "kafka_bootstrap_servers"
_PASSWORD = "kafka_sasl_password"  # noqa: S105  (a setting's name)
_NAMES = (*KafkaSettings.model_fields, f"{_PASSWORD}_file")
_HINT = "docs/settings.md says what goes together."


class _Settings(KafkaSettings):
    model_config = environment("KOPPEL_")


def kafka_variables(given: Mapping[str, str]) -> dict[str, str]:
    """Every variable by its name, from settings by theirs; empty where one is not given."""
    return {f"KOPPEL_{name.upper()}": given.get(name, "") for name in _NAMES}


def kafka_in_environment() -> dict[str, str]:
    """Settings by name, those that the environment gives."""
    return {name: value for name in _NAMES if (value := os.environ.get(f"KOPPEL_{name.upper()}"))}


def kafka_of(given: Mapping[str, str]) -> KafkaAccess:
    """From settings by name. Raises `SetupFailed` for what is no use, without telling a password."""
    told = {name: given[name] for name in KafkaSettings.model_fields if given.get(name)}
    if given.get(_PASSWORD) and given.get(f"{_PASSWORD}_file"):
        detail = "KOPPEL_KAFKA_SASL_PASSWORD and KOPPEL_KAFKA_SASL_PASSWORD_FILE are both set."
        raise SetupFailed("kafka_settings_invalid", detail, hint="Set one of them.")
    try:
        if file := given.get(f"{_PASSWORD}_file"):
            told[_PASSWORD] = read_password(Path(file))
        return _Settings.model_validate(told).kafka
    except ValidationError as error:
        (problem, *_) = error.errors(include_input=False, include_url=False, include_context=False)
        names = [f"KOPPEL_{str(name).upper()} is not valid: " for name in problem["loc"]]
        detail = f"{''.join(names)}{problem['msg'].removeprefix('Value error, ')}."
        raise SetupFailed("kafka_settings_invalid", detail, hint=_HINT) from None
    except (OSError, ValueError) as error:
        detail = f"KOPPEL_KAFKA_SASL_PASSWORD_FILE is not valid: it gives no password ({error})."
        raise SetupFailed("kafka_settings_invalid", detail, hint=_HINT) from None
