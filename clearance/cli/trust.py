"""`clearance provenance trust`: the trust profiles of the home, the lists in them, and whether they are current."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clearance import clock, errors
from clearance.cli.context import emit, emit_table, json_option, settings_of

if TYPE_CHECKING:
    from datetime import datetime


@click.group("trust")
def trust() -> None:
    """Trust profiles: lists of authorities by purpose, pinned by hash, with a date. Nothing is ever fetched."""


@trust.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the profiles of the home with their lists."""
    from clearance.report.trust import document_of, rows_of
    from clearance.trusted import each_of

    now = clock.now()
    found = each_of(settings_of(ctx).home_path)
    if as_json:
        profiles = [
            {"name": name, "problem": str(profile)} if isinstance(profile, Exception) else document_of(profile, now)
            for name, profile in found
        ]
        emit({"schema": "clearance.trust-profiles/1", "profiles": profiles})
        return
    emit_table(("profile", "list", "for", "date", "authorities", "state"), rows_of(found, now))


@trust.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, metavar="PROFILE", help="The profile, new or in the home already.")
@click.option(
    "--purpose",
    required=True,
    type=click.Choice(["claim", "tsa", "cawg"]),
    help="For whom the list vouches: claim signers, time-stamp authorities, or organisations.",
)
@click.option("--list", "list_name", metavar="NAME", help="What to call the list; by default after its file.")
@click.option("--date", metavar="DAY", help="When a PEM bundle was issued; default today. A published list says so.")
@click.option(
    "--max-age",
    type=click.IntRange(1, 36_500),
    default=365,
    show_default=True,
    metavar="DAYS",
    help="After how many days the list is stale.",
)
@click.option("--eku", "ekus", multiple=True, metavar="OID", help="What signers' certificates must be for; repeat.")
@click.option("--legacy", is_flag=True, help="The list is frozen, such as the interim list of 2025.")
@click.option("--source", default="", metavar="TEXT", help="Where you got it, for the record.")
@click.option("--replace", is_flag=True, help="Take a newer version of a list that is there.")
@json_option
@click.pass_context
def add(
    ctx: click.Context,
    file: Path,
    name: str,
    purpose: str,
    list_name: str | None,
    date: str | None,
    max_age: int,
    ekus: tuple[str, ...],
    legacy: bool,
    source: str,
    replace: bool,
    as_json: bool,
) -> None:
    """Take a list of authorities into a profile of the home: PEM, or the JSON that C2PA publishes."""
    from clearance.settings import require_home
    from clearance.trusted import NewList
    from clearance.trusted import add as taken
    from provenance.trust_lists import PURPOSES

    now = clock.now()
    new = NewList(
        file=file,
        profile=name,
        purpose=next(one for one in PURPOSES if one == purpose),
        name=list_name,
        date=clock.parse(date).date() if date else None,
        max_age_days=max_age,
        ekus=ekus,
        legacy=legacy,
        source=source,
        replace=replace,
    )
    _show(taken(require_home(settings_of(ctx)), new, now=now), now, as_json=as_json)


@trust.command("show")
@click.argument("name", metavar="NAME|FILE")
@json_option
@click.pass_context
def show(ctx: click.Context, name: str, as_json: bool) -> None:
    """Show every authority of a profile, with its fingerprint."""
    from clearance.home import trust_profile

    profile = trust_profile(settings_of(ctx, trust=(name,)))
    _show(profile, clock.now(), as_json=as_json)


@trust.command("check")
@click.argument("names", metavar="[NAME|FILE]...", nargs=-1)
@json_option
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], as_json: bool) -> None:
    """Say what is stale, expired or about to be, changed on disk, or listed for two purposes; default all profiles.

    Exit code 0 nothing grave, 3 a list is stale or holds an expired authority, 4 a list was changed or is damaged.
    """
    from clearance.report.trust import checked, lines_of_check
    from clearance.trusted import each_of

    settings = settings_of(ctx)
    checks = [checked(name, found, clock.now()) for name, found in each_of(settings.home_path, names, some=True)]
    if as_json:
        emit({"schema": "clearance.trust-check/1", "profiles": checks})
    for one in [] if as_json else checks:
        for line in lines_of_check(one):
            click.echo(line)
    if any(one["problem"] for one in checks):
        ctx.exit(errors.INVALID)
    ctx.exit(errors.HELD if any(c["grade"] == "wrong" for one in checks for c in one["concerns"]) else errors.PASSED)


def _show(profile: object, now: datetime, *, as_json: bool) -> None:
    from clearance.report.trust import document_of, lines_of
    from provenance.trust import TrustProfile

    assert isinstance(profile, TrustProfile)  # noqa: S101 -- a name was given, so there is one
    if as_json:
        emit({"schema": "clearance.trust-profile-shown/1", **document_of(profile, now)})
        return
    for line in lines_of(profile, now):
        click.echo(line)
