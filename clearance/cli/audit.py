"""`clearance audit` and `clearance gate`: judge media against consent and rules, with and without a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from clearance import clock
from clearance.cli.context import moment_of, progress, say, settings_of
from clearance.cli.judging import judging
from clearance.cli.report_files import report_options, signatory_for

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.audit import Audit
    from clearance.report.view import View


@click.command("audit")
@judging
@report_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    out: Path,
    form: str,
    view: View,
    no_pdf: bool,
    signed: bool,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    **arguments: Any,
) -> None:
    """Judge media and write the report. The exit code is the worst verdict: 0 pass, 1 blocked, 3 held, 4 invalid."""
    from clearance.report.folder import HTML_NAME, check_destination, write_report

    check_destination(out)
    # A key that cannot sign is said before the model is loaded.
    signatory = signatory_for(ctx, signed=signed, passphrase_file=passphrase_file, passphrase_fd=passphrase_fd)
    judged = _judge(ctx, **arguments)
    missing = write_report(judged, out, view=view, pdf=not no_pdf, signatory=signatory)
    _print(judged, form, view)
    for sentence in missing:
        say(ctx, sentence)
    say(ctx, f"report: {out / HTML_NAME}")
    ctx.exit(judged.verdict.exit_code)


@click.command("gate")
@judging
@click.pass_context
def gate(ctx: click.Context, /, form: str, view: View, **arguments: Any) -> None:
    """The same judgement without writing a report. The exit code is the worst verdict, as for audit."""
    judged = _judge(ctx, **arguments)
    _print(judged, form, view)
    ctx.exit(judged.verdict.exit_code)


def _judge(
    ctx: click.Context,
    *,
    paths: tuple[Path, ...],
    declaration: Path,
    packs: tuple[str, ...],
    waivers: tuple[Path, ...],
    as_of: str | None,
    known_at: str | None,
    search: str | None,
    sampling: str | None,
    holder_keys: str | None,
    device: str | None,
    trust: tuple[str, ...],
) -> Audit:
    from clearance.audit import audit, check_paths
    from clearance.declaration import load
    from clearance.instruments import instruments_of
    from clearance.judged_packs import judged_packs
    from clearance.papers import papers_of
    from clearance.settings import require_home

    now = clock.now()
    moment, known = clock.parse(as_of) if as_of else now, moment_of(known_at)
    settings = settings_of(
        ctx, trust=trust, device=device, search_mode=search, sampling=sampling, holder_keys=holder_keys
    )
    # Whatever the user got wrong is said before the model is loaded.
    require_home(settings)
    declared = load(declaration)
    check_paths(paths)
    packs = judged_packs(packs, declared.policies, settings, declaration)
    papers = papers_of(settings, declaration=declaration, declared=declared, waivers=waivers)
    purpose = str(ctx.command.name)
    with (
        instruments_of(settings, packs=packs, now=now, purpose=purpose, papers=papers) as instruments,
        progress(ctx) as shown,
    ):
        return audit(paths, declared, instruments, as_of=moment, now=now, known_at=known, on_progress=shown)


def _print(judged: Audit, form: str, view: View) -> None:
    from clearance.report.document import document_of
    from clearance.report.folder import crops_of
    from clearance.report.formats import FORMATS
    from clearance.report.view import seen_by

    click.echo(FORMATS[form](seen_by(view, document_of(judged), crops_of(judged))), nl=False)
