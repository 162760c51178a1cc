"""Bodies that are well-formed and meant to harm."""

from typing import Annotated
from uuid import UUID

import pytest
from pydantic import Field, ValidationError

from koppel.kernel.ids import new_id
from koppel.platform.http import SCATTERED, RequestModel

_HASHES = 2**61 - 1


class Named(RequestModel):
    ids: Annotated[list[UUID], Field(max_length=10_000), SCATTERED]


def test_ids_that_share_a_hash_are_refused_before_a_set_meets_them() -> None:
    made = [UUID(int=(7 << 120) + each * _HASHES) for each in range(10_000)]
    assert len({hash(each) for each in made}) == 1
    with pytest.raises(ValidationError, match="made to collide"):
        Named(ids=made)


def test_ids_as_they_come_pass_and_one_may_be_named_twice() -> None:
    twice = new_id()
    assert len(Named(ids=[twice, *(new_id() for _ in range(1_000)), twice]).ids) == 1_002
