"""`clearance init`: make the home."""

from __future__ import annotations

import click

from clearance import clock, home
from clearance.cli.context import settings_of


@click.command("init")
@click.option("--dev", is_flag=True, help="Also make a signing identity, for development only.")
@click.option(
    "--key-provider",
    type=click.Choice(["file", "passphrase", "pkcs11", "kms"]),
    help="Where the root key lies; pkcs11 and kms need settings, in the environment or later in clearance.toml.",
)
@click.pass_context
def command(ctx: click.Context, dev: bool, key_provider: str | None) -> None:
    """Make the home: settings, database and keys. The key file in keys/ opens every template: back it up apart from
    the database, and never with it."""
    made = home.create(settings_of(ctx, key_provider=key_provider), development_identity=dev, now=clock.now())
    click.echo(f"made {made}")
    if dev:
        click.echo(
            f"signing identity in {made / home.IDENTITY_FOLDER}: FOR DEVELOPMENT ONLY; nobody but holders of its "
            f"{home.ROOT_CERTIFICATE} will trust it"
        )
    click.echo('next: clearance performer add "STAGE NAME"')
