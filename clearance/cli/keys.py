"""`clearance keys`: where the registry's root key lies, and new keys in the place of old ones."""

from __future__ import annotations

import click

from clearance import clock, home
from clearance.cli.context import emit, json_option, say, settings_of


@click.group("keys")
def command() -> None:
    """Show, rotate and move the keys that protect templates, pictures and legal names."""


@command.command("status")
@click.option("--public", is_flag=True, help="Print the public key, in PEM, under which receipts of erasures hold.")
@json_option
@click.pass_context
def status(ctx: click.Context, public: bool, as_json: bool) -> None:
    """Show who holds the root key, how many data keys there are, and what an interruption left behind."""
    with home.registry_of(settings_of(ctx)) as registry:
        found, pem = registry.keyring.status(), registry.keyring.erasure_key_pem()
    if public:
        click.echo(pem, nl=False)
        return
    if as_json:
        emit(
            {
                "schema": "clearance.keys/1",
                "provider": found.provider,
                "root_key": found.root_key,
                "key_encryption_key": found.key_encryption_key,
                "data_keys": found.data_keys,
                "held": list(found.held),
                "unfinished": list(found.unfinished),
                "leftover": [str(path) for path in found.leftover],
            }
        )
        return
    click.echo(f"root key {found.root_key}, provider {found.provider}")
    click.echo(f"key-encryption key {found.key_encryption_key}, wrapping {found.data_keys} data keys")
    for performer in found.held:
        click.echo(f"held outside: {performer}")
    for performer in found.unfinished:
        click.echo(f"interrupted: finish with clearance keys rotate --data {performer}")
    for path in found.leftover:
        click.echo(f"left by an interrupted move, to be removed: {path}")


@command.command("rotate")
@click.option("--data", "performer", metavar="PERFORMER", help="Seal this performer's records under a new data key.")
@click.pass_context
def rotate(ctx: click.Context, performer: str | None) -> None:
    """Put a new key-encryption key in the place of the old one; with --data, a performer's data key."""
    with home.registry_of(settings_of(ctx)) as registry:
        if performer:
            records = registry.biometrics.rotate(performer, clock.now())
            click.echo(f"{performer}: {records} record{'s' * (records != 1)} sealed under a new data key")
            return
        keys = registry.keyring.rotate(clock.now())
    click.echo(f"{keys} key{'s' * (keys != 1)} wrapped by a new key-encryption key")
    say(ctx, "copies of keys.db made before still open with the old root key: let them expire")


@command.command("move")
@click.option("--to", "provider", type=click.Choice(["file", "passphrase", "pkcs11", "kms"]), required=True)
@click.pass_context
def move(ctx: click.Context, provider: str) -> None:
    """Move the root key to another provider. Killed at any moment, the old or the new one opens everything."""
    from clearance.key_material import key_source_of

    settings = settings_of(ctx)
    with home.registry_of(settings) as registry:
        keys = registry.keyring.move(key_source_of(settings, provider=provider), clock.now())
    click.echo(f"{keys} key{'s' * (keys != 1)} wrapped under {provider}")
