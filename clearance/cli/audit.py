"""`clearance audit` and `clearance gate`: judge media against consent and rules, with and without a report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance import clock
from clearance.cli.context import (
    device_option,
    emit,
    holder_key_option,
    paths_argument,
    preview_option,
    progress,
    sampling_option,
    say,
    settings_of,
    trust_option,
    waivers_option,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from clearance.audit import Audit


def judging(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command function with the arguments that audit and gate share."""
    options = (
        paths_argument,
        click.option(
            "--declaration",
            "-d",
            required=True,
            type=click.Path(path_type=Path),
            help="What the supplier says it made.",
        ),
        click.option(
            "--policy",
            "packs",
            multiple=True,
            metavar="PACK",
            help="A built-in pack or a pack file; default CORE, BIO, PROV and those that the declaration names.",
        ),
        waivers_option,
        click.option("--as-of", metavar="TIME", help="Judge as of this day or time instead of now."),
        click.option(
            "--format", "form", type=click.Choice(["text", "json", "jsonl"]), default="text", show_default=True
        ),
        click.option("--json", "form", flag_value="json", help="The same as --format json."),
        click.option(
            "--search",
            type=click.Choice(["registry", "declared", "detect"]),
            help="Whom to compare faces with: everybody enrolled, those declared, or nobody.",
        ),
        trust_option,
        sampling_option,
        preview_option,
        holder_key_option,
        device_option,
    )
    # Decorators apply from the last to the first; so they are listed, and shown by --help, in the same order.
    for option in reversed(options):
        function = option(function)
    return function


@click.command("audit")
@judging
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="clearance-report",
    show_default=True,
    help="New folder for the report.",
)
@click.pass_context
def command(ctx: click.Context, /, out: Path, form: str, **arguments: Any) -> None:
    """Judge media and write the report. The exit code is the worst verdict: 0 pass, 1 blocked, 3 held, 4 invalid."""
    from clearance.report.folder import HTML_NAME, check_destination, write_report

    check_destination(out)
    judged = _judge(ctx, **arguments)
    write_report(judged, out)
    _print(judged, form)
    say(ctx, f"report: {out / HTML_NAME}")
    ctx.exit(judged.verdict.exit_code)


@click.command("gate")
@judging
@click.pass_context
def gate(ctx: click.Context, /, form: str, **arguments: Any) -> None:
    """The same judgement without writing a report. The exit code is the worst verdict, as for audit."""
    judged = _judge(ctx, **arguments)
    _print(judged, form)
    ctx.exit(judged.verdict.exit_code)


def _judge(
    ctx: click.Context,
    *,
    paths: tuple[Path, ...],
    declaration: Path,
    packs: tuple[str, ...],
    waivers: tuple[Path, ...],
    as_of: str | None,
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
    moment = clock.parse(as_of) if as_of else now
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
        return audit(paths, declared, instruments, as_of=moment, now=now, on_progress=shown)


def _print(judged: Audit, form: str) -> None:
    from clearance.report.document import document_of
    from clearance.report.text import lines_of

    document = document_of(judged)
    if form == "json":
        emit(document)
    elif form == "jsonl":
        for asset in document["assets"]:
            click.echo(json.dumps({"schema": "clearance.asset/1", **asset}, ensure_ascii=False))
    else:
        for line in lines_of(document):
            click.echo(line)
