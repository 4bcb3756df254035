"""`clearance provenance pki`: a studio's own certificates made, and anybody's explained."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clearance import clock, errors
from clearance.cli.context import emit, json_option
from clearance.cli.passphrase import asker, new_passphrase, passphrase_options

if TYPE_CHECKING:
    from provenance.pki import Purpose

_PURPOSES = click.Choice(["claim-signing", "time-stamping", "organisation"])
_out = click.option("--out", required=True, type=click.Path(path_type=Path), help="A new folder for the result.")
_plain_key = click.option("--plain-key", is_flag=True, help="Leave the new key unencrypted, for unattended signing.")


@click.group("pki")
def command() -> None:
    """Make a studio's own certificates for signing, and say why a certificate would be refused."""


@command.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--organisation", required=True, metavar="NAME", help="The studio, as auditors are to read it.")
@passphrase_options("passphrase", "the keys of the new authority")
def init(folder: Path, organisation: str, passphrase_file: Path | None, passphrase_fd: int | None) -> None:
    """Make a root and an issuing authority in FOLDER, their keys encrypted."""
    from provenance.authority import ROOT_KEY_FILE, create_authority

    passphrase = new_passphrase(passphrase_file, passphrase_fd, f"passphrase for {folder}")
    create_authority(folder, organisation, passphrase=passphrase, now=clock.now())
    click.echo(f"made {folder}; auditors get {folder / 'root.pem'}")
    click.echo(f"  move {ROOT_KEY_FILE} to a place off the network: only a new issuing authority needs it")


@command.command("issue")
@click.argument("authority", type=click.Path(path_type=Path))
@_out
@click.option("--name", required=True, metavar="NAME", help="Who or what signs; it stands in every signed file.")
@click.option("--for", "purpose", type=_PURPOSES, default="claim-signing", show_default=True, help="Its one purpose.")
@click.option(
    "--request",
    "asked",
    type=click.Path(path_type=Path),
    help="A certificate request or public key in PEM, for a key kept elsewhere; else a key is made.",
)
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="How long it is valid.")
@passphrase_options("passphrase", "the authority")
@passphrase_options("key-passphrase", "the new key")
@_plain_key
def issue(
    authority: Path,
    out: Path,
    name: str,
    purpose: Purpose,
    asked: Path | None,
    days: int,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    key_passphrase_file: Path | None,
    key_passphrase_fd: int | None,
    plain_key: bool,
) -> None:
    """Issue a certificate by the authority in folder AUTHORITY."""
    from provenance.authority import issue as issued

    makes_key = asked is None and not plain_key
    new = new_passphrase(key_passphrase_file, key_passphrase_fd, "passphrase for the new key") if makes_key else None
    ask = asker(passphrase_file, passphrase_fd)
    issued(
        authority,
        out,
        name,
        purpose=purpose,
        passphrase=lambda: ask(f"passphrase of {authority}"),
        life=dt.timedelta(days=days),
        now=clock.now(),
        asked=asked,
        key_passphrase=new,
    )
    click.echo(f"issued {out / 'chain.pem'} for {purpose}")


@command.command("request")
@_out
@click.option("--organisation", required=True, metavar="NAME", help="The studio, as auditors are to read it.")
@click.option("--name", required=True, metavar="NAME", help="Who or what signs.")
@passphrase_options("key-passphrase", "the new key")
@_plain_key
def request(
    out: Path,
    organisation: str,
    name: str,
    key_passphrase_file: Path | None,
    key_passphrase_fd: int | None,
    plain_key: bool,
) -> None:
    """Make a key, and the request for its certificate to give to an authority."""
    from provenance.authority import REQUEST_FILE, create_request

    what = "passphrase for the new key"
    passphrase = None if plain_key else new_passphrase(key_passphrase_file, key_passphrase_fd, what)
    create_request(out, organisation, name, passphrase=passphrase)
    click.echo(f"made {out / REQUEST_FILE}; put the certificates you get for it into {out / 'chain.pem'}")


@command.command("lint")
@click.argument("chain", type=click.Path(path_type=Path))
@click.option("--for", "purpose", type=_PURPOSES, default="claim-signing", show_default=True, help="What it is to do.")
@json_option
@click.pass_context
def lint(ctx: click.Context, chain: Path, purpose: Purpose, as_json: bool) -> None:
    """Say in words why the certificates in CHAIN (PEM, signer first) would be refused. Exit code 4 if they would."""
    from provenance.identity import content_of
    from provenance.pki import lint as reasons_of

    reasons = reasons_of(content_of(chain), now=clock.now(), purpose=purpose)
    if as_json:
        emit(
            {
                "schema": "clearance.certificate-lint/1",
                "path": str(chain),
                "purpose": purpose,
                "usable": not reasons,
                "reasons": list(reasons),
            }
        )
    else:
        click.echo(f"{chain}: {'would be refused' if reasons else f'can be used for {purpose}'}")
        for reason in reasons:
            click.echo(f"  {''.join(c if c.isprintable() else chr(0xFFFD) for c in reason)}")
    ctx.exit(errors.INVALID if reasons else errors.PASSED)
