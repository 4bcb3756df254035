"""`clearance waive`: sign a waiver, which sets one rule's finding aside and stays in sight in every report."""

from __future__ import annotations

from pathlib import Path

import click

from clearance import clock
from clearance.cli.attest import digest_of, end_of, signing_options, written


@click.command("waive")
@click.argument("rule", metavar="PACK.RULE")
@click.option("--reason", required=True, help="Why; it is shown in every report.")
@click.option("--expires", required=True, metavar="DAY", help="The last day on which the waiver holds.")
@click.option("--project", help="Waive it for every file of this project, as in the declaration.")
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Waive it for this file; may be given again.",
)
@signing_options
def command(
    *,
    rule: str,
    reason: str,
    expires: str,
    project: str | None,
    files: tuple[Path, ...],
    subject: str | None,
    key: Path,
    packs: tuple[str, ...],
    out: Path,
) -> None:
    """Sign a waiver of PACK.RULE with your key, for named files or a whole project, until a day.

    It counts where attestors.toml of the home gives your key the role "waiver approver", from the home's folder
    waivers or with --waivers. The finding is then shown as waived, and the file passes with a warning at best.
    """
    from clearance.writing_papers import waive

    if bool(files) == bool(project):
        raise click.UsageError("name either the files (--file) or the project (--project) that it is for")
    text, fingerprint = waive(
        rule,
        key,
        packs=packs,
        reason=reason,
        project=project,
        files=tuple(digest_of(path) for path in files),
        subject=subject,
        expires_at=end_of(expires),
        now=clock.now(),
    )
    written(out, text, fingerprint, "put it into the home's folder waivers, or pass it with --waivers")
