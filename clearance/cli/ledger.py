"""`clearance ledger`: the record of changes, signed and proved, and the check of a proof without any registry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from clearance import clock, errors, home
from clearance.cli.context import emit, emit_table, json_option, say, settings_of

out_option = click.option("--out", type=click.Path(path_type=Path), help="Write to a new file instead of stdout.")


@click.group("ledger")
def command() -> None:
    """The record of changes as a Merkle log. Keep its checkpoints elsewhere: a rewritten log does not continue them."""


@command.command("status")
@json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Show the length of the log, its verifier key (give it to auditors) and the latest checkpoint."""
    with home.registry_of(settings_of(ctx)) as registry:
        size, key, note = registry.ledger.size(), registry.ledger.verifier_key, registry.ledger.latest_checkpoint()
    if as_json:
        emit({"schema": "clearance.ledger/1", "events": size, "verifier_key": key, "checkpoint": note})
        return
    click.echo(f"events: {size}\nverifier key: {key}")
    click.echo(f"latest checkpoint:\n{note}" if note else "no checkpoint yet", nl=not note)


@command.command("list")
@click.option("--performer", metavar="REF", help="Only the events about this performer.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=20, show_default=True)
@json_option
@click.pass_context
def list_(ctx: click.Context, performer: str | None, limit: int, as_json: bool) -> None:
    """List the latest events, newest first."""
    with home.registry_of(settings_of(ctx)) as registry:
        events = registry.ledger.events(limit, performer)
    if as_json:
        from clearance.proofs import event_document

        emit({"schema": "clearance.ledger-events/1", "events": [event_document(event) for event in events]})
        return
    rows = [
        (str(e.sequence), clock.rfc3339(e.recorded), e.kind, e.subject, " ".join(f"{k}={v}" for k, v in e.detail))
        for e in events
    ]
    emit_table(("event", "recorded", "kind", "subject", "detail"), rows)


@command.command("verify")
@json_option
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Recompute the log and compare every record with it: exit code 4 with each fault, 0 without any."""
    with home.registry_of(settings_of(ctx)) as registry:
        size, problems = registry.ledger.size(), registry.ledger.verify()
    if as_json:
        faults = [{"event": problem.event, "message": problem.message} for problem in problems]
        emit({"schema": "clearance.ledger-verification/1", "events": size, "valid": not problems, "problems": faults})
    else:
        for problem in problems:
            click.echo(problem.message)
        click.echo(f"{size} events: {f'{len(problems)} faults' if problems else 'nothing was altered'}")
    ctx.exit(errors.INVALID if problems else errors.PASSED)


@command.command("checkpoint")
@out_option
@click.pass_context
def checkpoint(ctx: click.Context, out: Path | None) -> None:
    """Sign the present state of the log and print the note; hand it to the union, who can keep you to it."""
    with home.registry_of(settings_of(ctx)) as registry:
        note = registry.ledger.checkpoint(clock.now())
    _hand_out(ctx, note, out)


@command.command("prove")
@click.argument("event", type=int)
@out_option
@click.pass_context
def prove(ctx: click.Context, event: int, out: Path | None) -> None:
    """Prove that an event, by its number, is in the log."""
    with home.registry_of(settings_of(ctx)) as registry:
        _hand_out(ctx, registry.ledger.prove(event, clock.now()).to_document(), out)


@command.command("standing")
@click.argument("performer")
@out_option
@click.pass_context
def standing(ctx: click.Context, performer: str, out: Path | None) -> None:
    """Prove which grants a performer has in force today, or that there are none; nobody else is shown."""
    with home.registry_of(settings_of(ctx)) as registry:
        _hand_out(ctx, registry.ledger.standing(performer, clock.now()).to_document(), out)


@command.command("consistency")
@click.argument("checkpoint_file", metavar="OLD_CHECKPOINT", type=click.Path(path_type=Path))
@out_option
@click.pass_context
def consistency(ctx: click.Context, checkpoint_file: Path, out: Path | None) -> None:
    """Prove that the log continues an earlier checkpoint: nothing before it was changed or removed."""
    from clearance.proofs import read_note

    earlier = read_note(checkpoint_file)
    with home.registry_of(settings_of(ctx)) as registry:
        _hand_out(ctx, registry.ledger.consistency(earlier, clock.now()).to_document(), out)


@command.command("check-proof")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", required=True, metavar="KEY", help="The log's verifier key, as its keeper told you.")
@click.option(
    "--checkpoint", type=click.Path(path_type=Path), help="The checkpoint that you kept; the proof must fit it."
)
@click.option("--performer", metavar="REF", help="Whose standing was asked; needed for a proof of standing.")
@json_option
def check_proof(file: Path, key: str, checkpoint: Path | None, performer: str | None, as_json: bool) -> None:
    """Check a proof offline, with nothing but the verifier key: exit code 0 it holds, 4 it does not."""
    from clearance.proofs import check

    checked = check(file, key, kept=checkpoint, performer=performer)
    if as_json:
        emit(checked.document)
    else:
        click.echo(f"holds: {checked.sentence}")


def _hand_out(ctx: click.Context, content: str | dict[str, Any], out: Path | None) -> None:
    from clearance.proofs import as_text, write_new

    if out is None:
        click.echo(as_text(content), nl=False)
    else:
        write_new(out, as_text(content))
        say(ctx, f"written to {out}")
