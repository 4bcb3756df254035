"""`clearance scan`: who is on screen and when; no policy, no declaration."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 -- click reads the annotation at run time

import click

from clearance import clock
from clearance.cli.context import (
    device_option,
    emit,
    holder_key_option,
    json_option,
    paths_argument,
    preview_option,
    progress,
    sampling_option,
    settings_of,
)


@click.command("scan")
@paths_argument
@click.option("--detect-only", is_flag=True, help="Find faces, but compare them with nobody; needs no home.")
@sampling_option
@preview_option
@holder_key_option
@device_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    detect_only: bool,
    sampling: str | None,
    holder_keys: str | None,
    device: str | None,
    as_json: bool,
) -> None:
    """Who is on screen and when. Faces are compared with the enrolled performers; nobody is judged."""
    from clearance.report.sentences import appearance_line, coverage_sentence
    from clearance.scanning import scan_files
    from clearance.settings import require_home

    mode = "detect" if detect_only else "registry"
    settings = settings_of(ctx, device=device, sampling=sampling, search_mode=mode, holder_keys=holder_keys)
    if not detect_only:
        require_home(settings)
    with progress(ctx) as shown:
        scanned = scan_files(paths, settings, search=not detect_only, now=clock.now(), on_progress=shown)
    documents = [file.document for file in scanned]
    if as_json:
        emit({"schema": "clearance.scan/1", "files": documents})
        return
    for document in documents:
        click.echo(document["path"])
        for appearance in document["appearances"]:
            click.echo(f"  {appearance_line(appearance)}")
        click.echo(f"  {coverage_sentence(document['coverage'])}")
        for performer in document["not_searched"]:
            click.echo(f"  not searched: {performer}, because the holder's key was not given")
