"""`clearance performer` withdraw, hold, release-hold, erase and check-erasure: what performers may ask for."""

from __future__ import annotations

import json
from datetime import datetime  # noqa: TC003 -- click reads the annotations at run time
from pathlib import Path

import click

from clearance import clock, home
from clearance.cli.context import DAY, holder_key_option, say, settings_of

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("withdraw")
@click.argument("performer")
@click.argument("release")
@click.option("--on", "day", type=DAY, required=True, help="First day on which the release holds no more.")
@click.pass_context
def withdraw(ctx: click.Context, performer: str, release: str, day: datetime) -> None:
    """Record that a biometric release was withdrawn: its templates are searched no more, and are due at once."""
    with home.registry_of(settings_of(ctx)) as registry:
        registry.biometrics.withdraw(performer, release, on=day.date(), now=clock.now())
    click.echo(f"{performer} {release}: withdrawn on {day.date()}")
    say(ctx, 'destroy its templates with "clearance retention run --apply"; grants stay until they are revoked')


@click.command("hold")
@click.argument("performer")
@click.option("--holder-key", "public", type=_FILE, required=True, help="X25519 public key in PEM, of the holder.")
@click.pass_context
def hold(ctx: click.Context, performer: str, public: Path) -> None:
    """Leave a performer's data key to the holder alone; without the private key nobody can search for the face."""
    with home.registry_of(settings_of(ctx)) as registry:
        registry.biometrics.hold(performer, public.read_bytes(), clock.now())
    click.echo(f"{performer}: the data key is the holder's; no copy that opens without the private key is kept")
    say(ctx, "copies of keys.db and registry.db made before still open together: let them expire")


@click.command("release-hold")
@click.argument("performer")
@holder_key_option
@click.pass_context
def release_hold(ctx: click.Context, performer: str, holder_keys: str | None) -> None:
    """Take a performer's data key back, with the holder's private key."""
    with home.registry_of(settings_of(ctx, holder_keys=holder_keys)) as registry:
        registry.biometrics.release_hold(performer, clock.now())
    click.echo(f"{performer}: the data key is the registry's again")


@click.command("erase")
@click.argument("performer")
@click.option(
    "--reason",
    type=click.Choice(["request", "withdrawal", "objection", "purpose-met", "retention", "unlawful", "consumer"]),
    required=True,
    help="Why; the receipt states the clause.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="New file for the receipt, else stdout.")
@click.pass_context
def erase(ctx: click.Context, performer: str, reason: str, yes: bool, out: Path | None) -> None:
    """Destroy a performer's templates, pictures and names for good, and print a signed receipt. Grants and the dates
    of releases stay under the reference, as proof that past use was licensed, with every word of the grants: what they
    say of characters, projects and scenes is kept. Copies elsewhere (backups, archives of
    a database's log) are not reached: what was sealed opens nowhere without keys.db, the stage name stays readable."""
    from clearance.errors import DestinationExists

    if out is not None and out.exists():
        raise DestinationExists(out)
    settings = settings_of(ctx)
    with home.registry_of(settings) as registry:
        registry.performer(performer)
        if not yes:
            click.confirm(f"Destroy everything personal of {performer}, for good?", abort=True, err=True)
        receipt = registry.biometrics.erase(performer, reason=reason, operator=settings.operator.value, now=clock.now())
    text = json.dumps(receipt, indent=2)
    if out is None:
        click.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
        click.echo(f"{performer} erased; receipt: {out}")
    say(ctx, "copies of keys.db made before still open copies of the database: destroy them, or let them expire")


@click.command("check-erasure")
@click.argument("receipt", type=_FILE)
@click.option("--key", type=_FILE, required=True, help='Public key in PEM: "clearance keys status --public".')
def check_erasure(receipt: Path, key: Path) -> None:
    """Check a receipt of an erasure, offline: exit 0 when its signature holds, 4 when it does not."""
    from consent.erasure_receipt import check

    document = check(receipt.read_bytes(), key.read_bytes())
    destroyed, kept = document["destroyed"], document["kept"]
    click.echo(f"{document['performer']} was erased on {document['erased']}: {document['law']}")
    click.echo(f"  destroyed: {len(destroyed['templates'])} templates, {destroyed['images']} pictures, the data key")
    click.echo(f"  kept: {len(kept['grants'])} grants, {len(kept['releases'])} releases")
    if kept.get("texts_of_grants"):
        click.echo(f"  kept in the words of the grants: {', '.join(kept['texts_of_grants']).replace('_', ' ')}")


COMMANDS = (withdraw, hold, release_hold, erase, check_erasure)
