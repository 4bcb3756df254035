"""`clearance demo`: the whole story on sample media, from an empty folder."""

from __future__ import annotations

import time
from pathlib import Path

import click


@click.command("demo")
@click.argument("folder", metavar="[DIR]", default="clearance-demo", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Show the whole story on sample media in DIR [default: clearance-demo], which must be new or an earlier demo."""
    from clearance.demo.story import tell

    started = time.monotonic()
    tell(folder.absolute())
    click.echo(f"\n{time.monotonic() - started:.0f} seconds")
