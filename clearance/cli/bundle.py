"""`clearance bundle`: the submission as one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clearance import clock
from clearance.cli.context import FILE, emit, emit_table, json_option, say, settings_of, waivers_option
from clearance.cli.passphrase import asker, passphrase_options
from clearance.errors import BundleInvalid

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.bundle.listing import Recipient


@click.group("bundle")
def command() -> None:
    """One file for the studio or the auditor: the record, its evidence, and a signed list of both."""


@command.command("create")
@click.argument("report", metavar="REPORT_DIR", type=FILE)
@click.option("--out", required=True, type=FILE, metavar="FILE", help="The bundle to write; it must not exist yet.")
@click.option("--declaration", "-d", type=FILE, metavar="FILE", help="The declaration that the audit was made with.")
@click.option(
    "--recipient",
    type=click.Choice(["studio", "auditor"]),
    default="studio",
    show_default=True,
    help="auditor: the report in the auditor's view, without pictures of faces.",
)
@click.option(
    "--policy", "packs", multiple=True, type=FILE, metavar="PACK", help="A pack of the report that is not in the home."
)
@waivers_option
@passphrase_options("passphrase", "the signing key")
@click.pass_context
def create_(
    ctx: click.Context,
    report: Path,
    out: Path,
    declaration: Path | None,
    recipient: Recipient,
    packs: tuple[Path, ...],
    waivers: tuple[Path, ...],
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Put the report in REPORT_DIR, as "audit --out" wrote it, together with all that whoever checks it needs.

    Inside: record and renderings, declaration, answers and waivers, receipts that show term, territories, kinds and
    life of each grant, the ledger's checkpoint and proofs, manifests kept beside files, the rule packs, calibration
    and model card. The list of it is signed by the home's identity. Media stays outside, bound by its hash.
    """
    from clearance.bundle.create import create
    from clearance.home import identity_of

    settings = settings_of(ctx)
    identity = identity_of(settings, ask=asker(passphrase_file, passphrase_fd))
    listing = create(
        report,
        out,
        settings,
        identity,
        declaration=declaration,
        waivers=waivers,
        packs=packs,
        recipient=recipient,
        now=clock.now(),
    )
    click.echo(f"{out}: {len(listing.members)} members, {len(listing.media)} media files bound by hash")
    for sentence in listing.left_out:
        say(ctx, f"left out: {sentence}")


@command.command("show")
@click.argument("file", type=FILE)
@json_option
def show(file: Path, as_json: bool) -> None:
    """List what is in a bundle and why. Nothing is verified: that is "clearance verify FILE"."""
    import json

    from clearance.bundle.archive import LIST, read
    from clearance.bundle.listing import listing_of
    from policies.located_yaml import printable

    try:
        listing = listing_of(read(file).get(LIST, b""))
    except BundleInvalid as error:
        raise BundleInvalid(f"{file} is no bundle that can be read: {error}") from error
    if as_json:
        emit(json.loads(listing.encoded()))
        return
    click.echo(f"made {clock.rfc3339(listing.created)} by {printable(listing.tool)} for the {listing.recipient}")
    click.echo(f"the record's verdict: {printable(listing.verdict)}; not verified here\n")
    emit_table(("member", "bytes", "why"), [(m.path, str(m.size), printable(m.why)) for m in listing.members])
    click.echo("\nmedia, which is outside")
    for media in listing.media:
        click.echo(f"  {media.sha256 or 'could not be read':64}  {printable(media.name)}")
    for sentence in listing.left_out:
        click.echo(f"left out: {printable(sentence, 1000)}")
