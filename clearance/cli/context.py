"""What every command shares: the settings of this run, the streams, and the options that several commands take.

stdout carries the result, stderr progress and log; a progress bar appears only on a terminal.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
device_option = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "tensorrt"]),
    help="Where the face model runs; only auto falls back to the CPU.",
)
sampling_option = click.option(
    "--every-frame",
    "sampling",
    flag_value="every-frame",
    help="Search every frame of a film; by default cuts, keyframes, changes and every second.",
)
preview_option = click.option("--preview", "sampling", flag_value="preview", help="Search keyframes alone.")
waivers_option = click.option(
    "--waivers",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A signed waiver, beside those in the home's folder waivers; may be given again.",
)
paths_argument = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))


def settings_of(ctx: click.Context, **flags: str | None) -> settings.Settings:
    """Return the settings of this run: flags over environment over clearance.toml over defaults."""
    return settings.load(home=ctx.obj["home"], flags=flags)


def say(ctx: click.Context, sentence: str) -> None:
    """Print one line of log on stderr, unless --quiet."""
    if not ctx.obj["quiet"]:
        click.echo(sentence, err=True)


def emit(document: dict[str, Any]) -> None:
    """Print exactly one JSON document on stdout."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def emit_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under headings in aligned columns on stdout."""
    widths = [max(len(row[i]) for row in (headings, *rows)) for i in range(len(headings))]
    for row in (headings, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@contextmanager
def progress(ctx: click.Context) -> Iterator[Callable[[Path, float], None] | None]:
    """Yield a function that shows how far each file is, as one line on a terminal; None where nobody watches."""
    if ctx.obj["quiet"] or not sys.stderr.isatty():
        yield None
        return

    def show(path: Path, share: float) -> None:
        click.echo(f"\r\033[K{path.name} {share:4.0%}", nl=False, err=True)

    try:
        yield show
    finally:
        click.echo("\r\033[K", nl=False, err=True)
