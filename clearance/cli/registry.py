"""`clearance registry`: the registry as a whole: copied, brought back, checked, brought up to date."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from clearance import clock, errors, home
from clearance.cli.context import emit, json_option, say, settings_of

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("registry")
def command() -> None:
    """Back up, restore, check and migrate the registry, and make roles for its PostgreSQL database."""


@command.command("backup")
@click.argument("file", type=FILE)
@click.option("--without-keys", is_flag=True, help="Leave the wrapped keys out: the copy then opens nothing sealed.")
@json_option
@click.pass_context
def backup(ctx: click.Context, file: Path, without_keys: bool, as_json: bool) -> None:
    """Copy the registry, as it is at one moment, into FILE, readable by you alone. The key file is never in it."""
    settings = settings_of(ctx)
    with home.registry_of(settings) as registry:
        manifest = registry.upkeep.backup(file, with_keys=not without_keys, now=clock.now())
    if as_json:
        emit({"schema": "clearance.backup-made/1", "file": str(file), **asdict(manifest)})
        return
    rows = sum(table.rows for table in manifest.tables)
    click.echo(f"{file}: {rows} rows of registry {manifest.registry}, schema {manifest.database_schema}")
    if without_keys:
        say(ctx, "the keys are not in it: keep copies of keys.db elsewhere, or nothing sealed opens again")
    else:
        say(ctx, "it holds the wrapped keys: delete it within the time that an erasure may take to reach copies")
    say(ctx, f"the key file under {settings.home_path / 'keys'} is not in it: keep a copy of that apart")


@command.command("restore")
@click.argument("file", type=FILE)
@json_option
@click.pass_context
def restore(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Make a new home from the backup in FILE. The home, and the database it is to use, must be empty.

    Every row is read back and compared before anything is kept. Exit code 4: the backup is damaged.
    """
    settings = settings_of(ctx)
    manifest = home.restore(settings, file, now=clock.now())
    if as_json:
        emit({"schema": "clearance.restored/1", "home": settings.home.value, **asdict(manifest)})
        return
    rows = sum(table.rows for table in manifest.tables)
    click.echo(f"restored {rows} rows of registry {manifest.registry} to {settings.home.value}")
    if manifest.keys_sha256 is None:
        say(ctx, f"the backup held no keys: put keys.db into {settings.home.value}")
    say(ctx, f"put the key file into {settings.home_path / 'keys'}, then run: clearance registry check")


@command.command("check")
@json_option
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Read every row and open every sealed record. Exit code 0 when all is sound, 4 when something is not."""
    with home.registry_of(settings_of(ctx)) as registry:
        faults = registry.upkeep.check()
    if as_json:
        emit({"schema": "clearance.registry-check/1", "faults": [asdict(fault) for fault in faults]})
    for fault in () if as_json else faults:
        click.echo(f"{fault.part}: {fault.what}")
    if not faults and not as_json:
        click.echo("the registry is sound")
    ctx.exit(errors.INVALID if faults else errors.PASSED)


@command.command("migrate")
@click.option("--backup", "copy", type=FILE, help="Where the copy made first goes; by default into the home.")
@click.pass_context
def migrate(ctx: click.Context, copy: Path | None) -> None:
    """Bring a registry that an older version wrote to this version's schema: copied first, whole or not at all."""
    done = home.migrate(settings_of(ctx), backup=copy, now=clock.now())
    if done.backup is None:
        click.echo(f"nothing to do: the schema is {done.after} already")
    else:
        click.echo(f"the schema went from {done.before} to {done.after}; the registry before that is in {done.backup}")


@command.command("roles")
def roles() -> None:
    """Print SQL for the roles of a PostgreSQL registry: writer, reader (nothing sealed), receipts alone."""
    from consent.roles import role_statements

    click.echo(role_statements(), nl=False)
