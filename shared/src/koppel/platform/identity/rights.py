"""What each product role may do. Data: a change of the product's rights is a change of this table.

Operating is no product role: tokens carry rights for it, each apart. To read and to retry is `operator`. What events hold
is an office's own, so to see it is `payload`. Replays change what consumers did: to run them is `replay`, and to plan one,
which changes nothing, `preview`.
"""

from typing import Final

from koppel.contracts.values import Role

READ: Final = frozenset(Role)
"""See the organisation's own things: every role."""

MANAGE_CONNECTIONS: Final = frozenset({Role.BEHEERDER, Role.TEAM_LEADER})
"""Make, re-authorise and remove connections."""

ADD_ADMINISTRATIONS: Final = MANAGE_CONNECTIONS | {Role.USER_PLUS}
"""Import administrations, complete their profiles, remove them."""

MANAGE_ASSIGNMENTS: Final = frozenset({Role.BEHEERDER, Role.TEAM_LEADER})
"""Users, divisions, templates and who is assigned to what."""

SYNC_ON_DEMAND: Final = ADD_ADMINISTRATIONS | {Role.USER}
"""Ask for a synchronisation now; change the schedule."""

OPERATOR: Final = "operator"
"""The token right behind every `/ops` call but those that need `REPLAY`."""

PAYLOAD: Final = "payload"
"""The token right to see what events hold, beside `OPERATOR`."""

PREVIEW: Final = "preview"
"""The token right to plan replays."""

REPLAY: Final = "replay"
"""The token right to plan, start, pause, resume and cancel replays."""

RIGHTS: Final = frozenset({OPERATOR, PAYLOAD, PREVIEW, REPLAY})
"""All that a token can give; any other name gives nothing."""
