"""`clearance declare`: write or check the supplier's declaration."""

from __future__ import annotations

from pathlib import Path

import click

from clearance.cli.attest import attest
from clearance.cli.context import settings_of
from clearance.errors import DestinationExists, DocumentRejected


@click.group("declare")
def command() -> None:
    """Write or check the supplier's declaration: what was made, with whom, with which tools, for which use."""


@command.command("new")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def new(file: Path | None) -> None:
    """Write a commented declaration to FILE, or print it; an existing file is never overwritten."""
    from clearance.declaration import TEMPLATE

    if file is None:
        click.echo(TEMPLATE, nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(TEMPLATE)
    except FileExistsError as error:
        raise DestinationExists(file) from error
    click.echo(f"wrote {file}; fill it in, then: clearance declare lint {file}")


@command.command("lint")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def lint(ctx: click.Context, file: Path) -> None:
    """Check a declaration: its form, the signed answers it names, and, where there is a home, that every performer
    it names is registered."""
    from clearance.declaration import load, unknown_performers
    from clearance.home import registry_of
    from clearance.papers import attestations_of
    from clearance.settings import is_home

    declaration = load(file)
    attestations_of(file, declaration)
    settings = settings_of(ctx)
    if is_home(settings):
        with registry_of(settings) as registry:
            problems = unknown_performers(file, declaration, {p.ref for p in registry.performers()})
        if problems:
            raise DocumentRejected(problems)
    replicas = len(declaration.replicas)
    click.echo(f"{file}: in order; {replicas} replica{'s' * (replicas != 1)}, use of {declaration.use.date}")


command.add_command(attest)
