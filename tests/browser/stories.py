"""The stories in their order."""

from collections.abc import Callable
from secrets import token_hex
from uuid import UUID

import httpx
from tests.browser import coming_back, command_lines, defects, importing, mending, operating, sweep
from tests.browser.keyboard import KeyboardWindow
from tests.browser.stage import Stage
from tests.browser.troubles import Troubles
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


def by_keyboard(stage: Stage) -> None:
    """The same without a mouse."""
    with stage.window(Seen(), kind=KeyboardWindow) as window:
        _whole(stage, window, "Kantoor zonder muis")


def of_troubles(stage: Stage) -> None:
    """A pause, held deletions, a login that ended; an operator sees all three, and the office ends the last two."""
    with stage.window(stage.people["beheerder"]) as window:
        window.go("/")
        troubles = Troubles(window, stage.sandbox)
        troubles.connect()
        troubles.pause()
        troubles.lose_records()
        troubles.end_the_login()
        with stage.window(stage.people["operator"]) as operators:
            operating.see_what_waits(operators)
        troubles.see_who_must_act()
        troubles.log_in_again()
        troubles.decide()


def of_the_end_of_a_pause(stage: Stage) -> None:
    """The next probe comes a minute after the last one: other stories are told meanwhile."""
    with stage.window(stage.people["beheerder"]) as window:
        window.go("/")
        Troubles(window, stage.sandbox).resume()


def of_interruptions(stage: Stage) -> None:
    """At an office of its own: everything that may come between the steps."""
    with stage.window(Seen()) as window:
        coming_back.to_the_candidates(window, stage.sandbox, f"demo-{token_hex(3)}")
        coming_back.in_a_second_tab(window)
        coming_back.while_import_svc_restarts(stage, window)
        coming_back.tomorrow(window)
        coming_back.whatever_others_send(stage, window)
        coming_back.to_the_end(window)


def of_mending(stage: Stage) -> None:
    """An administration leaves while a service has a defect; an operator mends that, and rows that another one lost."""
    defects.let_sync_svc_fail(stage)
    with stage.window(stage.people["beheerder"]) as window:
        window.go("/")
        coming_back.remove_one(window)
        window.go("/administrations")
        window.click(window.page.locator("#administrations-table tbody th a").first)
        window.page.locator("#sync-now").wait_for()
        administration_id = window.page.url.rpartition("/")[2]
    with stage.window(stage.people["operator"]) as window:
        mending.fails_before_it_is_mended(window)
        mending.release(stage, window)
        mending.find_by_name(window, "Bakkerij De Vries")
        defects.lose_assignment(stage, administration_id)
        mending.bring_back(window, administration_id)
        mending.pause_and_cancel(window)


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
    ("an import that is interrupted in every way", of_interruptions),
    ("a defect is mended, lost rows are brought back, a replay is cancelled", of_mending),
    ("a pause, held deletions, a login that ended", of_troubles),
    ("the story by keyboard", by_keyboard),
    ("a pause ends", of_the_end_of_a_pause),
    ("every screen in English, in the dark", sweep.in_english),
    ("screens while sync-svc hangs", sweep.while_sync_svc_hangs),
    ("every screen without sync-svc", sweep.without_sync_svc),
    ("every koppel line that a beheerder saw", command_lines_of_a_beheerder),
    ("every koppel line that an operator saw", command_lines_of_an_operator),
]
