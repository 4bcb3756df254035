"""`clearance sign`: C2PA with actions, source type and the consent assertion, if the audit of that file allows it."""

from __future__ import annotations

from pathlib import Path

import click

from clearance import clock
from clearance.cli.context import device_option, settings_of, waivers_option


@click.command("sign")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="The signed copy; the source stays as it is.",
)
@click.option(
    "--declaration",
    "-d",
    required=True,
    type=click.Path(path_type=Path),
    help="What the supplier says it made.",
)
@click.option("--source-type", required=True, metavar="TERM", help="IPTC digital source type, such as digitalCapture.")
@waivers_option
@device_option
@click.pass_context
def command(
    ctx: click.Context,
    path: Path,
    out: Path,
    declaration: Path,
    source_type: str,
    waivers: tuple[Path, ...],
    device: str | None,
) -> None:
    """Sign PATH into a new file. The file is audited first: one that is blocked or held is not signed."""
    from clearance.audit import check_paths
    from clearance.declaration import load
    from clearance.home import identity_of
    from clearance.papers import papers_of
    from clearance.signing import sign_audited

    settings = settings_of(ctx, device=device)
    identity_of(settings)
    declared = load(declaration)
    check_paths((path,))
    papers = papers_of(settings, declaration=declaration, declared=declared, waivers=waivers)
    receipt = sign_audited(path, out, declared, settings, source_type=source_type, now=clock.now(), papers=papers)
    click.echo(f"signed {out}")
    click.echo(f"  source   {receipt.source_sha256}")
    click.echo(f"  signed   {receipt.signed_sha256}")
    click.echo(f"  manifest {receipt.manifest_label}{', history kept as parent' if receipt.parent_kept else ''}")
