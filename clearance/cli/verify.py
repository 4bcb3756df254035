"""`clearance verify`: the auditor's check of what files say about their own making, and of submission bundles."""

from __future__ import annotations

from pathlib import Path

import click

from clearance import clock
from clearance.cli.context import FILE, emit, json_option, paths_argument, settings_of, trust_option


@click.command("verify")
@paths_argument
@trust_option
@click.option(
    "--profile",
    type=click.Choice(["default", "auditor"]),
    default="default",
    help="auditor: hold whatever is not known to be unrevoked.",
)
@click.option(
    "--ocsp",
    is_flag=True,
    help="Ask the host named by a trusted signer's certificate whether it is revoked. Uses the network.",
)
@click.option(
    "--revoked",
    type=FILE,
    metavar="FILE",
    help="Certificates that no longer count, by serial number: JSON or lines of [ISSUER;] SERIAL [; REASON [; DATE]].",
)
@click.option(
    "--fragment",
    "fragments",
    multiple=True,
    type=FILE,
    metavar="FILE",
    help="A fragment of the film whose init segment PATH is; once for each, in order.",
)
@click.option(
    "--signer",
    metavar="WHO",
    help='Who should have signed: "O=Studio X", "CN=...", "sha256:HEX" or "serial:HEX"; anybody else ends in 4.',
)
@click.option(
    "--cross-check",
    is_flag=True,
    help="Ask a second, independent implementation too (extra cross-check); a difference holds the file.",
)
@click.option(
    "--media", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR", help="A bundle's media."
)
@click.option("--last-checkpoint", type=FILE, metavar="FILE", help="A bundle's ledger must continue this.")
@click.option("--ledger-key", metavar="KEY", help="The ledger's key as you have it, instead of the one in the bundle.")
@click.option("--issuer-key", type=FILE, metavar="FILE", help="The same for the key of receipts.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    trust: tuple[str, ...],
    profile: str,
    ocsp: bool,
    revoked: Path | None,
    fragments: tuple[Path, ...],
    signer: str | None,
    cross_check: bool,
    media: Path | None,
    last_checkpoint: Path | None,
    ledger_key: str | None,
    issuer_key: Path | None,
    as_json: bool,
) -> None:
    """The auditor's check of files or of one bundle, offline: needs no home, no registry and no network.

    PATH is a file or a pattern of numbered files (shot.%04d.exr). A manifest beside a file (FILE.c2pa) is found.
    A bundle is walked through in numbered steps; what the record inside says of the media is no part of the exit code.
    Exit code 0 verified, 3 held (no manifest, a signer you do not trust, a second implementation that differs), 4 the
    evidence does not hold or is signed by somebody else than --signer; of several files the worst.
    """
    from clearance.bundle.archive import is_bundle
    from clearance.cli import verify_bundle
    from clearance.home import trust_profile
    from clearance.report.provenance_text import lines_of_verification
    from clearance.verdict import worst
    from clearance.verify import Terms, document_of, verify_all
    from provenance import crosscheck, expected_signer, revocation

    expected = expected_signer.parse(signer) if signer is not None else None
    if any(map(is_bundle, paths)):
        if len(paths) > 1:
            raise click.UsageError("verify one bundle at a time, and other files apart")
        if ocsp or revoked or fragments or cross_check:
            raise click.UsageError("--ocsp, --revoked, --fragment and --cross-check belong to media, not to a bundle")
        code = verify_bundle.run(
            paths[0],
            trust=trust_profile(settings_of(ctx, trust=trust)),
            media=media,
            expected=expected,
            issuer_key=issuer_key,
            ledger_key=ledger_key,
            last_checkpoint=last_checkpoint,
            strict=profile == "auditor",
            as_json=as_json,
        )
        ctx.exit(code)
    if media or last_checkpoint or ledger_key or issuer_key:
        raise click.UsageError("--media, --last-checkpoint, --ledger-key and --issuer-key belong to a bundle")
    if fragments and len(paths) > 1:
        raise click.UsageError("--fragment belongs to one init segment; verify other files apart")
    if cross_check:
        crosscheck.require()
    terms = Terms(
        trust=trust_profile(settings_of(ctx, trust=trust)),
        profile="auditor" if profile == "auditor" else "default",
        revoked=revocation.load(revoked) if revoked else None,
        ask_responder=ocsp,
        fragments=fragments,
        expected=expected,
        cross_check=cross_check,
        now=clock.now(),
    )
    done = []
    for verification in verify_all(paths, terms):
        done.append(verification)
        if not as_json:
            for line in lines_of_verification(verification):
                click.echo(line)
    if as_json:
        emit(document_of(done))
    elif len(done) > 1:
        click.echo(f"{str(worst(v.verdict for v in done)).upper():8}{len(done)} files")
    ctx.exit(worst(each.verdict for each in done).exit_code)
