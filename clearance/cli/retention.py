"""`clearance retention`: until when templates may be kept, and their destruction when that day has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from clearance import clock, home
from clearance.cli.context import DAY, emit, emit_table, json_option, say, settings_of

if TYPE_CHECKING:
    from datetime import datetime

    from consent.biometrics import Retained


@click.group("retention")
def command() -> None:
    """Until when templates and pictures may be kept. Grants are no part of it: they prove that use was licensed."""


@command.command("show")
@json_option
@click.pass_context
def show(ctx: click.Context, as_json: bool) -> None:
    """List the templates on record with the day they must be gone, the reason and the clause."""
    with home.registry_of(settings_of(ctx)) as registry:
        kept = registry.biometrics.retention()
    _print(kept, as_json, "nothing is kept: no template is on record")


@command.command("run")
@click.option("--apply", "apply", is_flag=True, help="Destroy what is due; without it, nothing is changed.")
@click.option("--dry-run", is_flag=True, help="List what is due and change nothing; this is the default.")
@json_option
@click.pass_context
def run(ctx: click.Context, apply: bool, dry_run: bool, as_json: bool) -> None:
    """List what is due today and, with --apply, destroy it: templates and pictures, for good."""
    if apply and dry_run:
        raise click.UsageError("--apply destroys and --dry-run does not; give one of them")
    settings, now = settings_of(ctx), clock.now()
    with home.registry_of(settings) as registry:
        if apply:
            due = registry.biometrics.destroy_due(on=now.date(), now=now, operator=settings.operator.value)
        else:
            due = tuple(each for each in registry.biometrics.retention() if each.due.reached(now.date()))
    _print(due, as_json, "nothing is due today")
    if due:
        say(ctx, "destroyed" if apply else 'nothing was changed; "clearance retention run --apply" destroys these')


@command.command("end-purpose")
@click.argument("performer")
@click.argument("release")
@click.option("--on", "day", type=DAY, required=True, help="Last day of what the templates were for.")
@click.pass_context
def end_purpose(ctx: click.Context, performer: str, release: str, day: datetime) -> None:
    """Record that the purpose of a biometric release is met, from which its law counts the term."""
    with home.registry_of(settings_of(ctx)) as registry:
        registry.biometrics.end_purpose(performer, release, on=day.date(), now=clock.now())
    click.echo(f"{performer} {release}: purpose met on {day.date()}; templates are not searched after it")


def _print(kept: tuple[Retained, ...], as_json: bool, nothing: str) -> None:
    if as_json:
        emit({"schema": "clearance.retention/1", "retained": [_document(each) for each in kept]})
    elif not kept:
        click.echo(nothing)
    else:
        emit_table(
            ("performer", "release", "templates", "pictures", "due", "because", "clause"),
            [
                (e.performer, e.release, str(e.templates), str(e.images), str(e.due.on or "-"), e.due.why,
                 e.due.citation)
                for e in kept
            ],
        )  # fmt: skip


def _document(kept: Retained) -> dict[str, Any]:
    return {
        "performer": kept.performer,
        "release": kept.release,
        "templates": kept.templates,
        "images": kept.images,
        "due": kept.due.on.isoformat() if kept.due.on else None,
        "why": kept.due.why,
        "citation": kept.due.citation,
    }
