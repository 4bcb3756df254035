"""`clearance consent`: the grants on record, what they say, and what they cover on a day, as known at a moment."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- click reads the annotations at run time
from typing import TYPE_CHECKING, Any

import click

from clearance import clock, errors, home
from clearance.cli import consent_affected, consent_life, receipt
from clearance.cli.context import DAY, emit, emit_table, json_option, known_at_option, moment_of, settings_of, words
from clearance.cli.transfer import export_grants, import_grants

if TYPE_CHECKING:
    from consent.answer import ConsentAnswer


@click.group("consent")
def command() -> None:
    """Record grants (consent to use a likeness) and their life, and ask what they cover."""


for part in (*consent_life.COMMANDS, consent_affected.affected, import_grants, export_grants, receipt.command):
    command.add_command(part)


@command.command("template")
def template() -> None:
    """Print a commented grant file to fill in."""
    from consent.grant_document import GRANT_TEMPLATE

    click.echo(GRANT_TEMPLATE, nl=False)


@command.command("list")
@click.argument("performer", required=False)
@known_at_option
@json_option
@click.pass_context
def list_(ctx: click.Context, performer: str | None, known_at: str | None, as_json: bool) -> None:
    """List the grants on record, of one performer or of all."""
    from clearance.grants import grant_document

    with home.registry_of(settings_of(ctx)) as registry:
        grants = registry.grants(performer, known_at=moment_of(known_at))
    if as_json:
        emit({"schema": "clearance.grants/1", "grants": [grant_document(g) for g in grants]})
    elif grants:
        today = clock.now().date()
        rows = [
            (g.id, g.performer, str(g.signed_on), words(g.scope.expires_on), str(g.standing_on(today))) for g in grants
        ]
        emit_table(("grant", "performer", "signed", "expires", "status"), rows)
    else:
        click.echo("no grants yet; record one with: clearance consent grant PERFORMER FILE")


@command.command("show")
@click.argument("grant_id", metavar="GRANT")
@click.option("--at", type=DAY, help="Show the terms of that day; without it, those of the last version.")
@known_at_option
@json_option
@click.pass_context
def show(ctx: click.Context, grant_id: str, at: datetime | None, known_at: str | None, as_json: bool) -> None:
    """Show one grant with its terms, its versions, its life so far, and what is remarkable about it."""
    from clearance.grants import grant_document

    today = clock.now().date()
    with home.registry_of(settings_of(ctx)) as registry:
        moment = moment_of(known_at)
        grant = registry.grant(grant_id, known_at=moment)
        flags = registry.grant_flags(grant_id, on=at.date() if at else today, known_at=moment)
    document = grant_document(grant.as_of(at.date()) if at else grant)
    document["standing"] = grant.standing_on(at.date() if at else today)
    document["flags"] = [{"kind": flag.kind, "other": flag.other, "why": flag.why} for flag in flags]
    if as_json:
        emit({"schema": "clearance.grant/1", **document})
        return
    for name, value in document.items():
        if name not in ("scope", "flags"):
            click.echo(f"{name.replace('_', ' ')}: {words(value)}")
    for name, value in document["scope"].items():
        click.echo(f"scope, {name.replace('_', ' ')}: {words(value)}")
    for flag in flags:
        click.echo(f"flag, {flag.kind}: {flag.why}")


@command.command("check")
@click.argument("performer")
@click.option("--at", type=DAY, help="Day of the use; today without it.")
@known_at_option
@click.option("--project")
@click.option("--territory", "territories", multiple=True, metavar="CODE")
@click.option("--media", "media", multiple=True)
@click.option("--category", "use_categories", multiple=True)
@click.option("--character")
@click.option("--scene", "scenes", multiple=True)
@click.option("--kind", "replica_kind", type=click.Choice(["EBDR", "ICDR", "BADR", "DA", "SP"]))
@click.option("--sequel", is_flag=True, help="The use is in a sequel or spin-off.")
@click.option("--modality", "modalities", multiple=True, type=click.Choice(["face", "voice", "body", "motion"]))
@json_option
@click.pass_context
def check(
    ctx: click.Context, /, performer: str, at: datetime | None, known_at: str | None, as_json: bool, **use: Any
) -> None:
    """Ask whether a use is covered: exit code 0 covered, 1 not covered, 3 unknown, as is what you leave out."""
    from consent.answer import Use

    stated = {name: value or None for name, value in use.items()}
    day = (at or clock.now()).date()
    with home.registry_of(settings_of(ctx)) as registry:
        answer = registry.check(performer, Use(date=day, **stated), known_at=moment_of(known_at))
    if as_json:
        document = {"schema": "clearance.consent/1", "performer": performer, "at": day.isoformat()}
        known = {"known_at": clock.rfc3339(answer.known_at) if answer.known_at else None}
        emit({**document, **known, "outcome": answer.outcome, "grants": _answers(answer)})
    else:
        known_then = f", as known at {clock.rfc3339(answer.known_at)}" if answer.known_at else ""
        click.echo(f"{performer}: {answer.outcome.replace('_', ' ')} on {day}{known_then}")
        if answer.best is None:
            click.echo("  no grant is on record")
        for one in answer.answers[:1]:
            for d in one.dimensions:
                click.echo(
                    f"  {d.outcome.replace('_', ' '):12} {d.dimension.replace('_', ' '):13} {d.why} ({d.clause})"
                )
    ctx.exit({"covered": errors.PASSED, "not_covered": errors.BLOCKED, "unknown": errors.HELD}[answer.outcome])


def _answers(answer: ConsentAnswer) -> list[dict[str, Any]]:
    return [
        {
            "grant": one.grant.id,
            "version": one.grant.version,
            "outcome": one.outcome,
            "dimensions": [
                {"dimension": d.dimension, "outcome": d.outcome, "why": d.why, "clause": d.clause}
                for d in one.dimensions
            ],
        }
        for one in answer.answers
    ]
