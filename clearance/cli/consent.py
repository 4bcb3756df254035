"""`clearance consent`: record grants, and ask what they cover."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- click reads the annotations at run time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance import clock, errors, home
from clearance.cli import receipt
from clearance.cli.context import emit, emit_table, json_option, say, settings_of

if TYPE_CHECKING:
    from consent.answer import ConsentAnswer
    from consent.grant import Grant

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("consent")
def command() -> None:
    """Record grants (consent to use a likeness), and ask what they cover."""


command.add_command(receipt.command)


@command.command("template")
def template() -> None:
    """Print a commented grant file to fill in."""
    from consent.grant_document import GRANT_TEMPLATE

    click.echo(GRANT_TEMPLATE, nl=False)


@command.command("grant")
@click.argument("performer")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def grant(ctx: click.Context, performer: str, file: Path) -> None:
    """Record the grant in FILE for PERFORMER and print its id; its receipt is issued with it."""
    from clearance.grants import load_grant

    with home.registry_of(settings_of(ctx)) as registry:
        registry.performer(performer)
        recorded = registry.record_grant(load_grant(file, performer=performer), now=clock.now())
        issued = registry.receipts.issue(recorded.id, clock.now(), proven=False)
    click.echo(recorded.id)
    say(ctx, receipt.HAND_OVER.format(issued.id))


@command.command("list")
@click.argument("performer", required=False)
@json_option
@click.pass_context
def list_(ctx: click.Context, performer: str | None, as_json: bool) -> None:
    """List the grants on record, of one performer or of all."""
    with home.registry_of(settings_of(ctx)) as registry:
        grants = registry.grants(performer)
    if as_json:
        emit({"schema": "clearance.grants/1", "grants": [_document(g) for g in grants]})
    elif grants:
        today = clock.now().date()
        rows = [
            (g.id, g.performer, str(g.signed_on), _words(g.scope.expires_on), str(g.status_on(today))) for g in grants
        ]
        emit_table(("grant", "performer", "signed", "expires", "status"), rows)
    else:
        click.echo("no grants yet; record one with: clearance consent grant PERFORMER FILE")


@command.command("show")
@click.argument("grant_id", metavar="GRANT")
@json_option
@click.pass_context
def show(ctx: click.Context, grant_id: str, as_json: bool) -> None:
    """Show one grant with its scope and its life so far."""
    with home.registry_of(settings_of(ctx)) as registry:
        document = _document(registry.grant(grant_id))
    if as_json:
        emit({"schema": "clearance.grant/1", **document})
        return
    for name, value in document.items():
        if name != "scope":
            click.echo(f"{name.replace('_', ' ')}: {_words(value)}")
    for name, value in document["scope"].items():
        click.echo(f"scope, {name.replace('_', ' ')}: {_words(value)}")


@command.command("check")
@click.argument("performer")
@click.option("--at", type=DAY, help="Day of the use; today without it.")
@click.option("--project")
@click.option("--territory", "territories", multiple=True, metavar="CODE")
@click.option("--media", "media", multiple=True)
@click.option("--category", "use_categories", multiple=True)
@click.option("--character")
@click.option("--scene", "scenes", multiple=True)
@click.option("--kind", "replica_kind", type=click.Choice(["EBDR", "ICDR", "BADR", "DA", "SP"]))
@click.option("--modality", "modalities", multiple=True, type=click.Choice(["face", "voice", "body", "motion"]))
@json_option
@click.pass_context
def check(ctx: click.Context, /, performer: str, at: datetime | None, as_json: bool, **use: Any) -> None:
    """Ask whether a use is covered: exit code 0 covered, 1 not covered, 3 unknown, as is what you leave out."""
    from consent.answer import Use

    stated = {name: value or None for name, value in use.items()}
    day = (at or clock.now()).date()
    with home.registry_of(settings_of(ctx)) as registry:
        answer = registry.check(performer, Use(date=day, **stated))
    outcome = answer.best.outcome if answer.best else "not_covered"
    if as_json:
        emit(
            {
                "schema": "clearance.consent/1",
                "performer": performer,
                "outcome": outcome,
                "grants": _answers(answer),
            }
        )
    else:
        click.echo(f"{performer}: {outcome.replace('_', ' ')} on {day}")
        if answer.best is None:
            click.echo("  no grant is on record")
        for one in answer.answers[:1]:
            for d in one.dimensions:
                click.echo(
                    f"  {d.outcome.replace('_', ' '):12} {d.dimension.replace('_', ' '):13} {d.why} ({d.clause})"
                )
    ctx.exit({"covered": errors.PASSED, "not_covered": errors.BLOCKED, "unknown": errors.HELD}[outcome])


def _answers(answer: ConsentAnswer) -> list[dict[str, Any]]:
    return [
        {
            "grant": one.grant.id,
            "outcome": one.outcome,
            "dimensions": [
                {"dimension": d.dimension, "outcome": d.outcome, "why": d.why, "clause": d.clause}
                for d in one.dimensions
            ],
        }
        for one in answer.answers
    ]


def _document(grant: Grant) -> dict[str, Any]:
    from clearance.grants import grant_document

    return grant_document(grant)


def _words(value: Any) -> str:
    if value is None:
        return "not stated"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(getattr(value, "value", value))
