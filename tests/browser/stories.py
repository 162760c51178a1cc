"""The stories in their order."""

from collections.abc import Callable
from secrets import token_hex
from uuid import UUID

import httpx
from tests.browser import command_lines, importing, operating, sweep
from tests.browser.stage import Stage
from tests.browser.window import Seen, Window

from koppel.kernel.ids import new_id
from koppel_identity.claims import OPERATOR_RIGHTS

Story = Callable[[Stage], None]


def in_dutch(stage: Stage) -> None:
    """The article in hand, with scripts."""
    anna = stage.people["beheerder"] = Seen()
    with stage.window(anna) as window:
        _whole(stage, window, importing.ORGANISATION)
        importing.look_around(window)


def without_scripts(stage: Stage) -> None:
    """The same at another office, in a browser that runs no script."""
    with stage.window(Seen(), scripts=False) as window:
        _whole(stage, window, "Kantoor zonder scripts")


def of_an_operator(stage: Stage) -> None:
    """Poison and replay, and every list over all organisations."""
    operating.poison(stage.status["kafka"]["bootstrap_servers"] or "")
    olga = stage.people["operator"] = Seen()
    with stage.window(olga) as window:
        operating.log_in(window)
        operating.deal_with_the_poison(window)
        operating.replay(window, organisation_id(stage))
        operating.look_around(window)


def command_lines_of_an_operator(stage: Stage) -> None:
    """As somebody else with an operator's rights."""
    command_lines.run_all(stage, stage.people["operator"], _operators_token(stage))


def command_lines_of_a_beheerder(stage: Stage) -> None:
    """As another beheerder of the office."""
    token = stage.stack.issuer.person_token(
        user=new_id(), organisation=organisation_id(stage), roles=["beheerder"]
    )
    command_lines.run_all(stage, stage.people["beheerder"], token)


def organisation_id(stage: Stage) -> UUID:
    """The organisation that the story made, as an operator sees it."""
    token = _operators_token(stage)
    answer = httpx.get(
        f"{stage.status['services']['connection-svc']['url']}/ops/v1/organisations",
        params={"q": importing.ORGANISATION},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    return UUID(answer.raise_for_status().json()["items"][0]["id"])


def _operators_token(stage: Stage) -> str:
    return stage.stack.issuer.person_token(
        user=new_id(), organisation=new_id(), roles=[], rights=OPERATOR_RIGHTS
    )


def _whole(stage: Stage, window: Window, name: str) -> None:
    importing.log_in(window, name)
    importing.connect(window, stage.sandbox, f"demo-{token_hex(3)}")
    importing.select(window)
    importing.complete(window)
    importing.assign(window)
    importing.synchronise(window)


STORIES: list[tuple[str, Story]] = [
    ("the story in Dutch", in_dutch),
    ("the story without JavaScript", without_scripts),
    ("an operator's stories: poison, replay, every list", of_an_operator),
    ("every screen in English", sweep.in_english),
    ("every screen without sync-svc", sweep.without_sync_svc),
    ("every koppel line that a beheerder saw", command_lines_of_a_beheerder),
    ("every koppel line that an operator saw", command_lines_of_an_operator),
]
