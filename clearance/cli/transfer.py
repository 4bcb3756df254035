"""`import` and `export` of `clearance performer` and `clearance consent`: files of rows, CSV or JSON lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance import clock, errors, home
from clearance.cli.context import emit, json_option, say, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consent.imports import Import
    from consent.table_file import Form

_file = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
_dry_run = click.option("--dry-run", is_flag=True, help="List what is wrong, line by line, and write nothing.")
_form = click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)


@click.command("import")
@_file
@_dry_run
@json_option
@click.pass_context
def import_performers(ctx: click.Context, file: Path, dry_run: bool, as_json: bool) -> None:
    """Add the performers in FILE (.csv or .jsonl): all of them, or none when a line is wrong."""
    with home.registry_of(settings_of(ctx)) as registry:
        done = registry.transfer.import_performers(file, now=clock.now(), dry_run=dry_run)
    _say_what_came(ctx, file, done, dry_run=dry_run, as_json=as_json)


@click.command("export")
@_form
@click.option("--with-identity", is_flag=True, help="With legal names and contacts, opened; the record says so.")
@click.pass_context
def export_performers(ctx: click.Context, form: Form, with_identity: bool) -> None:
    """Print all performers, without legal names and contacts. Cells that look like formulas get an apostrophe."""
    with home.registry_of(settings_of(ctx)) as registry:
        _print(registry.transfer.export_performers(form, now=clock.now(), with_identity=with_identity))


@click.command("import")
@_file
@_dry_run
@json_option
@click.pass_context
def import_grants(ctx: click.Context, file: Path, dry_run: bool, as_json: bool) -> None:
    """Record the grants in FILE (.csv or .jsonl): all of them, or none when a line is wrong.

    The column performer holds references. Other columns are those of "clearance consent template", with a dot
    between a part and its field, such as scope.territories; lists have semicolons between their items. Files
    of evidence are looked for beside FILE.
    """
    from clearance.grants import evidence_beside

    with home.registry_of(settings_of(ctx)) as registry:
        reader = evidence_beside(file)
        done = registry.transfer.import_grants(file, now=clock.now(), dry_run=dry_run, evidence_reader=reader)
    _say_what_came(ctx, file, done, dry_run=dry_run, as_json=as_json)


@click.command("export")
@_form
@click.pass_context
def export_grants(ctx: click.Context, form: Form) -> None:
    """Print all grants with their reference and present status. Cells that look like formulas get an apostrophe."""
    with home.registry_of(settings_of(ctx)) as registry:
        _print(registry.transfer.export_grants(form, now=clock.now()))


def _say_what_came(ctx: click.Context, file: Path, done: Import, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        problems: list[dict[str, Any]] = [
            {"line": p.line, "column": p.column or None, "message": p.message} for p in done.problems
        ]
        emit({"schema": "clearance.import/1", "references": done.references, "problems": problems})
    else:
        for problem in done.problems:
            place = ": ".join(filter(None, (f"{file}:{problem.line}", problem.column)))
            click.echo(f"{place}: {problem.message}")
        for reference in done.references:
            click.echo(reference)
    if done.problems:
        say(ctx, f"{len(done.problems)} problems; nothing was written")
    elif dry_run:
        say(ctx, "no problems; nothing was written")
    ctx.exit(errors.USAGE if done.problems else errors.PASSED)


def _print(lines: Iterator[str]) -> None:
    for line in lines:
        click.echo(line.replace("\r\n", "\n"), nl=False)
