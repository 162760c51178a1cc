"""Values that several tables hold."""

import asyncpg

from import_svc.domain.profile import Profile
from koppel.contracts.values import Failure, NoKvkReason, Sector


def sector(version: str | None, code: str | None) -> Sector | None:
    """A sector of its two columns."""
    return None if version is None or code is None else Sector(sbi_version=version, code=code)


def profile(number: str | None, reason: str | None, version: str | None, code: str | None) -> Profile:
    """A profile of its four columns."""
    return Profile(number, None if reason is None else NoKvkReason(reason), sector(version, code))


def profile_columns(value: Profile) -> tuple[str | None, str | None, str | None, str | None]:
    """Number, reason, SBI version and section."""
    return (
        value.kvk_number,
        None if value.no_kvk_reason is None else value.no_kvk_reason.value,
        None if value.sector is None else value.sector.sbi_version,
        None if value.sector is None else value.sector.code,
    )


def failure(row: asyncpg.Record) -> Failure | None:
    """The row's `failure` column."""
    return None if row["failure"] is None else Failure.model_validate(row["failure"])


def failure_column(value: Failure | None) -> dict[str, object] | None:
    """What the column takes."""
    return None if value is None else value.model_dump(mode="json")
