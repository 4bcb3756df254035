"""What every command shares: the settings of this run, the streams, and the options that several commands take.

stdout carries the result, stderr progress and log; a progress bar appears only on a terminal.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance import clock, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
device_option = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "tensorrt"]),
    help="Where the face model runs; only auto falls back to the CPU.",
)
holder_key_option = click.option(
    "--holder-key",
    "holder_keys",
    multiple=True,
    type=click.Path(dir_okay=False),
    callback=lambda _ctx, _param, files: ",".join(files) or None,
    help="Private key of a performer who holds the own data key; may be given several times.",
)
sampling_option = click.option(
    "--every-frame",
    "sampling",
    flag_value="every-frame",
    help="Search every frame of a film; by default cuts, keyframes, changes and every second.",
)
preview_option = click.option("--preview", "sampling", flag_value="preview", help="Search keyframes alone.")
trust_option = click.option(
    "--trust",
    "trust",
    multiple=True,
    metavar="NAME|FILE",
    help="Whose signatures count: a profile of the home by name, or a file or folder by its path; several add up.",
)
known_at_option = click.option(
    "--known-at", metavar="TIME", help="Answer with what had been recorded by then; a bare date means its end."
)
DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(path_type=Path)
waivers_option = click.option(
    "--waivers",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A signed waiver, beside those in the home's folder waivers; may be given again.",
)
paths_argument = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))


def settings_of(ctx: click.Context, *, trust: Sequence[str] = (), **flags: str | None) -> settings.Settings:
    """Return the settings of this run: flags over environment over clearance.toml over defaults.

    trust: what --trust named.
    """
    for named in trust:
        if not named.strip() or "," in named:
            raise click.UsageError(f"--trust {named!r}: name one profile each time, by a name or path without commas")
    return settings.load(home=ctx.obj["home"], flags=flags | {"trust_profile": ",".join(trust) or None})


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


def moment_of(known_at: str | None) -> datetime | None:
    """Return the moment that --known-at names: a time, or the last instant of a day."""
    if known_at is None:
        return None
    moment = clock.parse(known_at)
    bare = len(known_at.strip()) == len("2026-11-22")
    return moment + timedelta(days=1, microseconds=-1) if bare else moment


def words(value: Any) -> str:
    """Return a value of a document as a person reads it; None is what nobody stated."""
    if value is None:
        return "not stated"
    if isinstance(value, dict):
        return (
            ", ".join(f"{name.replace('_', ' ')} {item}" for name, item in value.items() if item is not None) or "none"
        )
    if isinstance(value, list):
        between = "; " if any(isinstance(item, dict) for item in value) else ", "
        return between.join(map(words, value)) or "none"
    return str(getattr(value, "value", value))
