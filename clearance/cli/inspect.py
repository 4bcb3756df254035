"""`clearance inspect`: what files say about their own making, without a judgement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clearance.cli.context import emit, json_option, paths_argument, settings_of, trust_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("inspect")
@paths_argument
@trust_option
@json_option
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], trust: tuple[str, ...], as_json: bool) -> None:
    """What files say about their own making; nothing is judged, the exit code is 0 where they could be read."""
    from clearance.home import trust_profile
    from clearance.report.provenance import provenance_of
    from clearance.report.provenance_text import lines_of_reading, printable
    from provenance.pool import ReaderPool

    profile = trust_profile(settings_of(ctx, trust=trust))
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
