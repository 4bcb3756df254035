"""`clearance verify` and `clearance inspect`: what a file says about its own making, with and without a judgement."""

from __future__ import annotations

from pathlib import Path

import click

from clearance.cli.context import emit, json_option, paths_argument, settings_of

trust_option = click.option(
    "--trust",
    type=click.Path(path_type=Path),
    help="PEM file of the roots you trust; default the home's, if any.",
)


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
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Certificates that no longer count, by serial number: JSON or lines of [ISSUER;] SERIAL [; REASON [; DATE]].",
)
@click.option(
    "--fragment",
    "fragments",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A fragment of the film whose init segment PATH is; once for each, in order.",
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    trust: Path | None,
    profile: str,
    ocsp: bool,
    revoked: Path | None,
    fragments: tuple[Path, ...],
    as_json: bool,
) -> None:
    """The auditor's check of files, offline: needs no home, no registry and no network.

    PATH is a file or a pattern of numbered files (shot.%04d.exr). A manifest beside a file (FILE.c2pa) is found.
    Exit code 0 verified, 3 held (no manifest, or a signer you do not trust), 4 the evidence does not hold; of several
    files the worst.
    """
    from clearance.home import trust_profile
    from clearance.report.provenance_text import lines_of_verification
    from clearance.verdict import worst
    from clearance.verify import Terms, document_of, verify_all
    from provenance import revocation

    if fragments and len(paths) > 1:
        raise click.UsageError("--fragment belongs to one init segment; verify other files apart")
    terms = Terms(
        trust=trust_profile(settings_of(ctx), file=trust),
        profile="auditor" if profile == "auditor" else "default",
        revoked=revocation.load(revoked) if revoked else None,
        ask_responder=ocsp,
        fragments=fragments,
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


@click.command("inspect")
@paths_argument
@trust_option
@json_option
@click.pass_context
def inspect(ctx: click.Context, paths: tuple[Path, ...], trust: Path | None, as_json: bool) -> None:
    """What files say about their own making; nothing is judged, the exit code is 0 where they could be read."""
    from clearance.home import trust_profile
    from clearance.report.provenance import provenance_of
    from clearance.report.provenance_text import lines_of_reading, printable
    from provenance.pool import ReaderPool

    profile = trust_profile(settings_of(ctx), file=trust)
    documents = []
    with ReaderPool(workers=None if len(paths) > 1 else 1) as pool:
        for path, reading in zip(paths, [pool.submit(path, profile) for path in paths], strict=True):
            found = reading.result()
            documents.append({"schema": "clearance.inspection/1", "path": str(path), **provenance_of(found)})
            if as_json:
                continue
            click.echo(printable(path))
            for line in lines_of_reading(found):
                click.echo(line)
            for assertion in found.assertions:
                how = "created" if assertion.created else "gathered"
                click.echo(f"        {'assertion':12}{printable(assertion.label)} ({how})")
    if as_json:
        emit(documents[0] if len(paths) == 1 else {"schema": "clearance.inspections/1", "files": documents})
