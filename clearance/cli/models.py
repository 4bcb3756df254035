"""`clearance models`: which face models are installed, under which licence, and whether their files are whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance import errors
from clearance.cli import models_calibrate
from clearance.cli.context import emit, emit_table, json_option, say, settings_of

if TYPE_CHECKING:
    from detectors.installation import Installed
    from detectors.pack import ModelPack


@click.group("models")
def command() -> None:
    """List, install, verify and calibrate model packs.

    The setting model_pack names the one that is used; second_pack may name another, whose scores are averaged with its.
    """


command.add_command(models_calibrate.calibrate)


@command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the packs with their licences; * marks those in use."""
    from detectors.installation import installed

    settings = settings_of(ctx)
    entries, used = installed(settings.cache_path), settings.packs_in_use
    if as_json:
        emit({"schema": "clearance.models/1", "packs": [_document(entry, used) for entry in entries]})
        return
    rows = [(("* " if entry.name in used else "  ") + entry.name, *_cells(entry)) for entry in entries]
    emit_table(("  name", "version", "commercial use", "licence"), rows)


@command.command("install")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--name", help="What to call it; by default as its manifest or its file is called.")
@click.option(
    "--licence", "licence_held", metavar="TEXT", help="The licence you hold, where the published one forbids."
)
@click.option(
    "--commercial-use/--no-commercial-use",
    default=None,
    help="Whether the licence you hold allows commercial use; unsaid, commercial audits are held.",
)
@click.option("--detector-from", metavar="NAME", help="Pack whose detector serves a recogniser that comes alone.")
@click.pass_context
def install(
    ctx: click.Context,
    source: Path,
    name: str | None,
    licence_held: str | None,
    commercial_use: bool | None,
    detector_from: str | None,
) -> None:
    """Install a pack from a folder, a zip or tar archive, or one ONNX file, and print its name."""
    from detectors.installation import install as install_pack

    if commercial_use is not None and not licence_held:
        raise click.UsageError("--commercial-use and --no-commercial-use speak of the licence that --licence names")
    pack = install_pack(
        source,
        settings_of(ctx).cache_path,
        name=name,
        licence_held=licence_held,
        commercial_use=commercial_use,
        detector_from=detector_from,
    )
    click.echo(pack.name)
    say(ctx, f"licence: {_terms(pack)}; commercial use: {_allowed(pack.commercial_use)}")
    say(ctx, f'use it with model_pack = "{pack.name}" in clearance.toml, and enrol references again')


@command.command("verify")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@json_option
@click.pass_context
def verify(ctx: click.Context, names: tuple[str, ...], as_json: bool) -> None:
    """Compare every file of the packs (all, where none is named) with its SHA-256 at installation.

    Exit code 2 when a file is missing, changed or new; it is named.
    """
    from detectors.errors import PackError
    from detectors.installation import Installed, installed, pack_named

    settings = settings_of(ctx)
    entries: list[Installed] = [] if names else list(installed(settings.cache_path))
    for name in names:
        try:
            entries.append(Installed(name, pack_named(settings.cache_path, name), None))
        except PackError as error:
            entries.append(Installed(name, None, str(error)))
    if as_json:
        used = settings.packs_in_use
        emit({"schema": "clearance.models/1", "packs": [_document(entry, used) for entry in entries]})
    else:
        for entry in entries:
            digest = f"whole, SHA-256 {entry.pack.sha256}" if entry.pack else entry.fault
            click.echo(f"{entry.name}: {digest}")
    ctx.exit(errors.USAGE if any(entry.fault for entry in entries) else errors.PASSED)


def _document(entry: Installed, used: tuple[str, ...]) -> dict[str, Any]:
    pack = entry.pack
    document: dict[str, Any] = {"name": entry.name, "in_use": entry.name in used, "fault": entry.fault}
    if pack:
        document |= {
            "version": pack.version,
            "sha256": pack.sha256,
            "licence": pack.licence,
            "licence_held": pack.licence_held,
            "commercial_use": pack.commercial_use,
            "dimension": pack.dimension,
        }
    return document


def _cells(entry: Installed) -> tuple[str, str, str]:
    if entry.pack is None:
        return "", "", f"unusable: {entry.fault}"
    return entry.pack.version, _allowed(entry.pack.commercial_use), _terms(entry.pack)


def _terms(pack: ModelPack) -> str:
    return f"{pack.licence}; held: {pack.licence_held}" if pack.licence_held else pack.licence


def _allowed(commercial_use: bool | None) -> str:
    return {True: "allowed", False: "not allowed", None: "not stated"}[commercial_use]
