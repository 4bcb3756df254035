"""`clearance performer`: who is in the registry, and whose face may be searched for."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 -- click reads the annotations at run time
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from clearance import clock, home
from clearance.cli import custody, performer_record
from clearance.cli.context import DAY, device_option, emit, emit_table, holder_key_option, json_option, say, settings_of
from clearance.cli.performer_record import public
from clearance.cli.receipt import HAND_OVER
from clearance.cli.transfer import export_performers, import_performers

if TYPE_CHECKING:
    from clearance.settings import Settings
    from consent.values import KinshipKind


@click.group("performer")
def command() -> None:
    """Add, update, list, show, relate and enrol performers. Reports and logs name them by their reference alone."""


for part in (*performer_record.COMMANDS, *custody.COMMANDS, import_performers, export_performers):
    command.add_command(part)


@command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the performers with the number of their templates and grants."""
    with home.registry_of(settings_of(ctx)) as registry:
        rows = [(p, registry.template_count(p.ref), len(registry.grants(p.ref))) for p in registry.performers()]
    if as_json:
        listed = [public(p) | {"templates": t, "grants": g} for p, t, g in rows]
        emit({"schema": "clearance.performers/1", "performers": listed})
    elif rows:
        emit_table(
            ("reference", "stage name", "templates", "grants"),
            [(p.ref, "(erased)" if p.erased else p.stage_name, str(t), str(g)) for p, t, g in rows],
        )
    else:
        click.echo('no performers yet; add one with: clearance performer add "STAGE NAME"')


@command.command("relate")
@click.argument("performer")
@click.argument("other")
@click.option("--kind", type=click.Choice(["twin", "relative", "look-alike"]), required=True)
@click.pass_context
def relate(ctx: click.Context, performer: str, other: str, kind: str) -> None:
    """Mark two performers as looking alike, so that a match of either goes to a person."""
    with home.registry_of(settings_of(ctx)) as registry:
        registry.mark_relatives(performer, other, cast("KinshipKind", kind), now=clock.now())
    click.echo(f"{performer} and {other}: {kind}")


@command.command("enrol")
@click.argument("performer", required=False)
@click.argument("images", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--rebuild", is_flag=True, help="Make templates for the model pack in use from the pictures kept of everybody."
)
@click.option("--keep-images", is_flag=True, help="The release allows the pictures to be kept, encrypted.")
@click.option("--release-signed", type=DAY, help="Day the biometric release was signed; records the release.")
@click.option("--release-expires", type=DAY, help="Last day of the release; without it, none.")
@click.option("--release-document", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="The release.")
@click.option("--jurisdiction", help="Law that the release is made under, such as US-IL.")
@click.option("--different-person", is_flag=True, help="Somebody looked: whoever looks the same is another person.")
@holder_key_option
@device_option
@click.pass_context
def enrol(
    ctx: click.Context,
    performer: str | None,
    images: tuple[Path, ...],
    rebuild: bool,
    keep_images: bool,
    release_signed: datetime | None,
    release_expires: datetime | None,
    release_document: Path | None,
    jurisdiction: str | None,
    different_person: bool,
    holder_keys: str | None,
    device: str | None,
) -> None:
    """Enrol one usable face from each image. Refused without a biometric release in force; all images or none."""
    from clearance.enrol import SignedRelease, enrol

    settings = settings_of(ctx, device=device, holder_keys=holder_keys)
    if rebuild:
        if performer or images:
            raise click.UsageError("--rebuild takes no performer and no images; it uses the pictures that were kept")
        _rebuild(ctx, settings)
        return
    if not performer or not images:
        raise click.UsageError("name a performer and at least one image, or ask for --rebuild")
    release = None
    if release_signed is not None:
        release = SignedRelease(
            release_signed.date(), _day(release_expires), jurisdiction, release_document, keep_images
        )
    elif release_expires or release_document or jurisdiction or keep_images:
        raise click.UsageError("a release is recorded with --release-signed DATE; give the day it was signed")
    enrolled = enrol(settings, performer, images, release=release, now=clock.now(), different_person=different_person)
    for image, reference in zip(images, enrolled.references, strict=True):
        click.echo(f"{reference}  {image.name}")
    count = len(enrolled.references)
    say(ctx, f"{performer}: {count} template{'s' * (count != 1)} enrolled, encrypted")
    if enrolled.receipt is not None:
        say(ctx, HAND_OVER.format(enrolled.receipt))
    for sentence in enrolled.missing:
        say(ctx, f"  still missing: {sentence}")
    for other in enrolled.not_compared:
        say(ctx, f"  not compared with {other}, because the holder's key was not given")


def _rebuild(ctx: click.Context, settings: Settings) -> None:
    from clearance.enrol import rebuild

    rebuilt = rebuild(settings, now=clock.now())
    for performer, reference in rebuilt.references:
        click.echo(f"{reference}  {performer}")
    for performer, why in rebuilt.unsuitable:
        say(ctx, f"{performer}: {why}")
    say(ctx, f"{len(rebuilt.references)} templates made from kept pictures")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
