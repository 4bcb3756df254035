"""`clearance consent`, the life of a grant: recorded, amended, revoked, suspended, superseded."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- click reads the annotations at run time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from clearance import clock, home
from clearance.cli.context import DAY, say, settings_of
from clearance.cli.receipt import HAND_OVER

if TYPE_CHECKING:
    from consent.grant import EventKind
    from consent.registry import Registry

on_option = click.option("--on", "on", type=DAY, required=True, help="The day from which it holds.")
reason_option = click.option("--reason", metavar="CODE", help="One word, such as strike.")
file_argument = click.argument("file", type=click.Path(path_type=Path))


@click.command("grant")
@click.argument("performer")
@file_argument
@click.pass_context
def grant(ctx: click.Context, performer: str, file: Path) -> None:
    """Record the grant in FILE for PERFORMER and print its id."""
    _record(ctx, performer, file, requested=False)


@click.command("request")
@click.argument("performer")
@file_argument
@click.pass_context
def request(ctx: click.Context, performer: str, file: Path) -> None:
    """Record that the grant in FILE was asked for: it covers nothing until "consent give" says it was given."""
    _record(ctx, performer, file, requested=True)


def _record(ctx: click.Context, performer: str, file: Path, *, requested: bool) -> None:
    from clearance.grants import load_grant

    now = clock.now()
    with home.registry_of(settings_of(ctx)) as registry:
        registry.performer(performer)
        new = load_grant(file, performer=performer)
        recorded = registry.request_grant(new, now) if requested else registry.record_grant(new, now)
        issued = None if requested else registry.receipts.issue(recorded.id, now, proven=False)
        _say_flags(ctx, registry, recorded.id, now)
    click.echo(recorded.id)
    if issued is not None:
        say(ctx, HAND_OVER.format(issued.id))


@click.command("amend")
@click.argument("grant_id", metavar="GRANT")
@file_argument
@click.option(
    "--effective", type=DAY, help="First day of the new terms; else the day the amendment was signed, or today."
)
@click.option("--whole", is_flag=True, help="FILE replaces the terms; without it, only the fields that it names.")
@click.pass_context
def amend(ctx: click.Context, grant_id: str, file: Path, effective: datetime | None, whole: bool) -> None:
    """Record the amendment in FILE as another version of GRANT; all versions are kept."""
    from clearance.grants import load_amendment

    now = clock.now()
    with home.registry_of(settings_of(ctx)) as registry:
        known = registry.grant(grant_id)
        terms, signed_on = load_amendment(file, known, whole=whole, today=now.date())
        day = effective.date() if effective else signed_on
        amended = registry.amend_grant(grant_id, terms, effective_on=day, now=now)
        _say_flags(ctx, registry, grant_id, now)
    click.echo(f"{grant_id}: version {amended.version}, in effect from {day}")


def _step(name: str, kind: EventKind, summary: str) -> click.Command:
    """Return the command that records one kind of step in the life of a grant."""

    @click.command(name, help=summary)
    @click.argument("grant_id", metavar="GRANT")
    @on_option
    @reason_option
    @click.pass_context
    def step(ctx: click.Context, grant_id: str, on: datetime, reason: str | None) -> None:
        with home.registry_of(settings_of(ctx)) as registry:
            registry.record_grant_event(grant_id, kind, on=on.date(), now=clock.now(), reason=reason)
        click.echo(f"{grant_id}: {kind} from {on.date()}")

    return step


@click.command("supersede")
@click.argument("old")
@click.argument("new")
@click.option(
    "--on", "on", type=DAY, help="First day of the new grant in the old one's place; else the day it was given."
)
@click.pass_context
def supersede(ctx: click.Context, old: str, new: str, on: datetime | None) -> None:
    """Record that the grant NEW takes the place of the grant OLD."""
    with home.registry_of(settings_of(ctx)) as registry:
        ended = registry.supersede_grant(old, new, on=on.date() if on else None, now=clock.now())
    click.echo(f"{old}: superseded by {new} from {ended.events[-1].on}")


def _say_flags(ctx: click.Context, registry: Registry, grant_id: str, now: datetime) -> None:
    for flag in registry.grant_flags(grant_id, on=now.date()):
        say(ctx, f"{grant_id}, {flag.kind}: {flag.why}")


COMMANDS: Final = (
    grant,
    request,
    _step("give", "given", "Record that a requested GRANT was given."),
    amend,
    _step("revoke", "withdrawn", "Record that GRANT was withdrawn: past use stays as it was, later use is refused."),
    _step("suspend", "suspended", "Record that GRANT is suspended, as by a strike."),
    _step("resume", "resumed", "Record that a suspended GRANT holds again."),
    supersede,
)
