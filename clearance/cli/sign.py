"""`clearance sign`: C2PA with actions, source type and the consent assertion, if the audit of that file allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clearance import clock
from clearance.cli.context import (
    FILE,
    device_option,
    emit,
    holder_key_option,
    json_option,
    settings_of,
    trust_option,
    waivers_option,
)
from clearance.cli.passphrase import asker, passphrase_options

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.signing_settings import NoTimestamp


@click.command("sign")
@click.argument("path", type=FILE)
@click.option(
    "--out",
    type=FILE,
    help="The signed copy; for a manifest kept beside the file, where to write that instead of FILE.c2pa.",
)
@click.option(
    "--declaration",
    "-d",
    required=True,
    type=FILE,
    help="What the supplier says it made.",
)
@click.option(
    "--source-type",
    metavar="TERM",
    help="IPTC digital source type, such as digitalCapture; by default it follows from the declaration.",
)
@click.option(
    "--ingredient",
    "ingredients",
    multiple=True,
    type=FILE,
    help="A file that went into it, such as a plate; may be repeated.",
)
@click.option("--sidecar", is_flag=True, help="Keep the manifest beside the file, even where it could go inside.")
@click.option(
    "--without-audit",
    metavar="REASON",
    help="Sign without judging the file first; the manifest, which is public, states this with the reason.",
)
@click.option(
    "--tsa",
    "time_stampers",
    multiple=True,
    metavar="URL",
    help="A time-stamp authority to ask, in place of those of the settings; may be repeated, for others to ask next.",
)
@click.option(
    "--no-timestamp",
    type=click.Choice(["fail", "allow"]),
    help="What to do where no authority can be reached: sign nothing (fail, the default), or sign without (allow).",
)
@passphrase_options("passphrase", "the signing key")
@trust_option
@holder_key_option
@waivers_option
@device_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    path: Path,
    out: Path | None,
    declaration: Path,
    source_type: str | None,
    ingredients: tuple[Path, ...],
    sidecar: bool,
    without_audit: str | None,
    time_stampers: tuple[str, ...],
    no_timestamp: NoTimestamp | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    trust: tuple[str, ...],
    waivers: tuple[Path, ...],
    holder_keys: str | None,
    device: str | None,
    as_json: bool,
) -> None:
    """Sign PATH, a file or numbered files ('shot.%04d.exr'), which stays as it is.

    The manifest goes into a copy (--out), or beside the file as FILE.c2pa where the format has no room for it. The
    file is audited first, by the packs that audit would judge it by, except for rules about the manifest that is to be
    made: one that is blocked or held is not signed.
    """
    from clearance.audit import check_paths
    from clearance.declaration import load
    from clearance.home import identity_of
    from clearance.judged_packs import require_known
    from clearance.papers import papers_of
    from clearance.signing import Order, sign_audited, sign_without_audit
    from provenance.preflight import preflight

    settings = settings_of(ctx, trust=trust, device=device, holder_keys=holder_keys)
    ask = asker(passphrase_file, passphrase_fd)
    identity = identity_of(settings, ask=ask, time_stampers=time_stampers, no_timestamp=no_timestamp)
    declared = load(declaration)
    require_known(declaration, declared.policies, settings)
    check_paths((path, *ingredients))
    preflight(identity, now=clock.now())
    order = Order(path, out, source_type, ingredients, sidecar)
    if without_audit is None:
        papers = papers_of(settings, declaration=declaration, declared=declared, waivers=waivers)
        receipt = sign_audited(order, declared, settings, identity=identity, papers=papers, now=clock.now())
    else:
        receipt = sign_without_audit(
            order, declared, settings, identity=identity, reason=without_audit, now=clock.now()
        )
    if as_json:
        emit(
            {
                "schema": "clearance.signing/1",
                "path": str(path),
                "written": str(receipt.written),
                "sidecar": receipt.sidecar,
                "source_sha256": receipt.source_sha256,
                "signed_sha256": receipt.signed_sha256,
                "manifest": receipt.manifest_label,
                "parent_kept": receipt.parent_kept,
                "time": {"value": receipt.time.value, "why": receipt.time.why},
                "audited": without_audit is None,
            }
        )
        return
    click.echo(f"signed {receipt.written}{f', the manifest of {path}' if receipt.sidecar else ''}")
    click.echo(f"  source   {receipt.source_sha256}")
    click.echo(f"  signed   {receipt.signed_sha256}")
    click.echo(f"  manifest {receipt.manifest_label}{', history kept as parent' if receipt.parent_kept else ''}")
    click.echo(f"  time     {receipt.time.value}: {receipt.time.why}")
    if without_audit is not None:
        click.echo("  without an audit: the manifest says so and states no consent")
