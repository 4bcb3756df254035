"""`clearance performer`: who is in the registry, and whose face may be searched for."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 -- click reads the annotations at run time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from clearance import clock, home
from clearance.cli.context import device_option, emit, emit_table, json_option, say, settings_of
from clearance.cli.receipt import HAND_OVER

if TYPE_CHECKING:
    from clearance.settings import Settings
    from consent.values import KinshipKind, Performer

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("performer")
def command() -> None:
    """Add, list, show, relate and enrol performers. Reports and logs name performers by their reference alone."""


@command.command("add")
@click.argument("stage_name")
@click.option("--legal-name", help="Kept encrypted with the performer's key.")
@click.option("--domicile", metavar="CODE", help="ISO 3166 code of where the performer lives, such as US-CA.")
@click.option("--union", "unions", multiple=True, help="Union membership; may be given several times.")
@click.option("--represented-by", help="Counsel, agent or collective agreement.")
@click.option("--namesake", is_flag=True, help="Another person of a stage name that is registered already.")
@click.option("--minor/--adult", default=None, help="Whether the performer is a minor.")
@click.pass_context
def add(ctx: click.Context, /, stage_name: str, **details: Any) -> None:
    """Add a performer and print the new reference."""
    with home.registry_of(settings_of(ctx)) as registry:
        performer = registry.add_performer(stage_name, now=clock.now(), **details)
    click.echo(performer.ref)


@command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List the performers with the number of their templates and grants."""
    with home.registry_of(settings_of(ctx)) as registry:
        rows = [(p, registry.template_count(p.ref), len(registry.grants(p.ref))) for p in registry.performers()]
    if as_json:
        listed = [_public(p) | {"templates": t, "grants": g} for p, t, g in rows]
        emit({"schema": "clearance.performers/1", "performers": listed})
    elif rows:
        emit_table(
            ("reference", "stage name", "templates", "grants"),
            [(p.ref, p.stage_name, str(t), str(g)) for p, t, g in rows],
        )
    else:
        click.echo('no performers yet; add one with: clearance performer add "STAGE NAME"')


@command.command("show")
@click.argument("performer")
@json_option
@click.pass_context
def show(ctx: click.Context, performer: str, as_json: bool) -> None:
    """Show one performer: releases, templates, grants."""
    with home.registry_of(settings_of(ctx)) as registry:
        found = registry.performer(performer)
        releases, grants = registry.releases(performer), registry.grants(performer)
        templates = registry.template_count(performer)
    today = clock.now().date()
    if as_json:
        document = _public(found) | {"templates": templates, "grants": [g.id for g in grants]}
        document["releases"] = [
            {"id": r.id, "signed_on": r.signed_on.isoformat(), "in_force": r.in_force(today)} for r in releases
        ]
        emit({"schema": "clearance.performer/1", **document})
        return
    click.echo(f"{found.ref}  {found.stage_name}  registered {clock.rfc3339(found.registered)}")
    for release in releases:
        state = "in force" if release.in_force(today) else "not in force"
        click.echo(f"  biometric release {release.id}: signed {release.signed_on}, {state}")
    click.echo(f"  templates: {templates}")
    for grant in grants:
        click.echo(f"  grant {grant.id}: signed {grant.signed_on}, {grant.status_on(today)}")


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
    device: str | None,
) -> None:
    """Enrol one usable face from each image. Refused without a biometric release in force; all images or none."""
    from clearance.enrol import SignedRelease, enrol

    settings = settings_of(ctx, device=device)
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
    enrolled = enrol(settings, performer, images, release=release, now=clock.now())
    for image, reference in zip(images, enrolled.references, strict=True):
        click.echo(f"{reference}  {image.name}")
    count = len(enrolled.references)
    say(ctx, f"{performer}: {count} template{'s' * (count != 1)} enrolled, encrypted")
    if enrolled.receipt is not None:
        say(ctx, HAND_OVER.format(enrolled.receipt))
    for sentence in enrolled.missing:
        say(ctx, f"  still missing: {sentence}")


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


def _public(performer: Performer) -> dict[str, Any]:
    return {
        "performer": performer.ref,
        "stage_name": performer.stage_name,
        "registered": clock.rfc3339(performer.registered),
    }
