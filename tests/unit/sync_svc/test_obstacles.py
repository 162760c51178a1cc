"""Whether an administration can be synchronised, now or ever again."""

from dataclasses import replace

import pytest

from koppel.contracts import failures
from koppel.contracts.values import Failure
from koppel.kernel.ids import new_id
from sync_svc.domain import failure
from sync_svc.domain.administration import Administration, GrantState

ONE = new_id()
NEW = Administration(
    administration_id=ONE,
    organisation_id=ONE,
    connection_id=ONE,
    grant_id=ONE,
    provider="x",
    external_id="1",
)


def _administration(
    removed_reason: str | None = None, grant_state: GrantState = GrantState.ACTIVE
) -> Administration:
    return replace(NEW, removed_reason=removed_reason, grant_state=grant_state)


@pytest.mark.parametrize(
    ("administration", "gone", "obstacle"),
    [
        (NEW, None, None),
        (
            _administration(grant_state=GrantState.REAUTHORIZATION_REQUIRED),
            None,
            failures.REAUTHORIZATION_REQUIRED,
        ),
        (
            _administration(grant_state=GrantState.REVOKED),
            failures.CONNECTION_REVOKED,
            failures.CONNECTION_REVOKED,
        ),
        (_administration("connection_deleted"), failures.CONNECTION_REVOKED, failures.CONNECTION_REVOKED),
        (_administration("removed_by_user"), failure.ADMINISTRATION_REMOVED, failure.ADMINISTRATION_REMOVED),
    ],
)
def test_it_says_why_not(
    administration: Administration, gone: Failure | None, obstacle: Failure | None
) -> None:
    assert (administration.gone, administration.obstacle) == (gone, obstacle)
