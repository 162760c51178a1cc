"""Command groups: what goes wrong in a command becomes a line and an exit code; a group of a list is its list."""

import sys
from typing import Any

from typer.core import TyperGroup

from koppel_cli.failure import Told
from koppel_cli.output import complain, say


class WholeTool(TyperGroup):
    """`koppel` itself. A command returns its exit code; what it raises in one line is told here."""

    def invoke(self, ctx: Any) -> int:
        try:
            return int(super().invoke(ctx) or 0)
        except KeyboardInterrupt:
            say("stopped by you")
            return 130
        except BrokenPipeError:
            # The reader of the pipe ended first, as in `koppel logs kafka | head`: that is no failure.
            sys.stderr.close()
            return 0
        except Exception as error:
            if not isinstance(error, Told):
                raise
            complain(error)
            return 1


class Listing(TyperGroup):
    """A group whose `list` may be left out: `koppel administrations --json` is `koppel administrations list --json`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        completing = bool(ctx.resilient_parsing)
        if not completing and (
            not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)
        ):
            args = ["list", *args]
        return super().parse_args(ctx, args)
