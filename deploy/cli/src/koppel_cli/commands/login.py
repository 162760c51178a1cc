"""`koppel login`, `koppel logout` and `koppel profiles`: who calls, at which installation."""

import time
from typing import Annotated

import typer

from koppel_cli.failure import CommandFailed
from koppel_cli.group import Listing
from koppel_cli.help import WHO_CALLS, examples
from koppel_cli.login import profiles, session
from koppel_cli.login.device import CLIENT, SCOPE, log_in
from koppel_cli.login.issuer import safe
from koppel_cli.login.profiles import Profile
from koppel_cli.options import AsJson
from koppel_cli.output import say, show_json, show_list
from koppel_cli.places import SERVICES, identity_url
from koppel_cli.tables import plain

_Name = Annotated[str | None, typer.Argument(metavar="PROFILE", help="A name of yours for this login.")]


def register(koppel: typer.Typer) -> None:
    ends = examples(
        "koppel login",
        "koppel login noord --issuer https://login.example/realms/office \\",
        "    --address sync-svc=https://koppel.example/sync",
    )
    koppel.command("login", rich_help_panel=WHO_CALLS, epilog=ends)(_login)
    koppel.command("logout", rich_help_panel=WHO_CALLS, epilog=examples("koppel logout noord"))(_logout)
    group = typer.Typer(
        cls=Listing, help="The logins kept on this machine.", epilog=examples("koppel profiles")
    )
    koppel.add_typer(group, name="profiles", rich_help_panel=WHO_CALLS)
    group.command("list", epilog=examples("koppel profiles list --json"))(_list)
    group.command("use", epilog=examples("koppel profiles use noord"))(_use)


def _login(
    name: _Name = None,
    *,
    issuer: Annotated[
        str | None, typer.Option(metavar="URL", help="Where to log in; else as before, or the local issuer.")
    ] = None,
    address: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SERVICE=URL", help="Where a service is; repeatable. None: as `make up` left them."
        ),
    ] = None,
    client_id: Annotated[str | None, typer.Option(metavar="ID", help=f"Else {CLIENT}.")] = None,
    scope: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Else what an issuer usually wants.")
    ] = None,
) -> int:
    """Log in, in a browser of any machine.

    Shows an address and a code; approve it there. From then on commands use the login,
    and renew it, where KOPPEL_TOKEN is not set. Several people or installations are several profiles.
    """
    chosen = profiles.checked_name(name) if name else profiles.chosen_name()
    before = _before(chosen)
    made = log_in(
        name=chosen,
        issuer=_issuer(issuer, before),
        client_id=client_id or (before.client_id if before else CLIENT),
        scope=scope or (before.scope if before else SCOPE),
        addresses=_addresses(address) if address else before.addresses if before else {},
        show=_show,
    )
    profiles.save(made)
    profiles.choose(chosen)
    print(f"logged in{f' as {plain(made.who)}' if made.who else ''}, profile {chosen}")
    return 0


def _logout(name: _Name = None) -> int:
    """End a login, here and at the issuer."""
    chosen = profiles.checked_name(name) if name else profiles.chosen_name()
    told = session.end(_existing(chosen))
    print(f"logged out, profile {chosen}")
    if not told:
        say("The issuer could not be told; there it ends by itself.")
    return 0


def _list(*, as_json: AsJson = False) -> int:
    """Who is logged in where. The one in use has a star."""
    found = [profile for name in profiles.names() if (profile := profiles.load(name))]
    used = profiles.chosen_name()
    if as_json:
        show_json({"items": [_told(profile, used) for profile in found]})
    else:
        headings = ("", "PROFILE", "WHO", "ISSUER", "SERVICES")
        show_list(found, headings, lambda each: _row(each, used), none="nobody is logged in")
    return 0


def _use(name: Annotated[str, typer.Argument(metavar="PROFILE", help="One of `koppel profiles`.")]) -> int:
    """Use this login from now on."""
    chosen = _existing(profiles.checked_name(name))
    profiles.choose(chosen.name)
    print(f"profile {chosen.name} is in use")
    return 0


def _before(name: str) -> Profile | None:
    """What the profile was before; one that cannot be read is made anew."""
    try:
        return profiles.load(name)
    except CommandFailed:
        return None


def _existing(name: str) -> Profile:
    if (found := profiles.load(name)) is not None:
        return found
    raise CommandFailed("no_profile", f"There is no login {name}.", hint="`koppel profiles` lists them.")


def _issuer(given: str | None, before: Profile | None) -> str:
    if found := given or (before.issuer if before else None) or identity_url():
        return found.rstrip("/")
    raise CommandFailed(
        "no_issuer",
        "Nobody knows where to log in.",
        hint="`--issuer URL` says it, or `make up` starts one here.",
    )


def _addresses(given: list[str]) -> dict[str, str]:
    named = {service: url for service, _, url in (each.partition("=") for each in given)}
    if unknown := [name for name, url in named.items() if name not in SERVICES or not url]:
        detail = f"--address {unknown[0][:40]} names no service and its address."
        raise CommandFailed("address_invalid", detail, hint=f"SERVICE=URL, of {', '.join(SERVICES)}.")
    for url in named.values():
        safe(url)
    return named


def _show(page: str, code: str) -> None:
    say(f"Open {plain(page)[:500]}")
    say(f"and go on there if it shows the code {plain(code)[:40]}")


def _row(profile: Profile, used: str) -> tuple[object, ...]:
    places = ", ".join(profile.addresses.values()) or "as `make up` left them"
    return "*" if profile.name == used else "", profile.name, profile.who, profile.issuer, places


def _told(profile: Profile, used: str) -> dict[str, object]:
    """Without its tokens."""
    renewable = profile.refresh_token is not None
    return {
        "name": profile.name,
        "in_use": profile.name == used,
        "who": profile.who,
        "issuer": profile.issuer,
        "client_id": profile.client_id,
        "addresses": dict(profile.addresses),
        "ended": not renewable and time.time() >= profile.expires_at,
    }
