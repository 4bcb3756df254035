"""`clearance performer add | update | show`: what is on record; names come out with --identity alone, recorded."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from clearance import clock, home
from clearance.cli.context import DAY, emit, json_option, known_at_option, moment_of, settings_of, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from consent.values import Performer

_SURVIVORSHIP: Final = click.Choice(["survives", "ends", "representative"])
_SEALED: Final = "Kept encrypted with the performer's key."
_DIGEST: Final = "SHA-256 of the document that gives the authority."
_OPTIONS: Final = (
    click.option("--legal-name", help=_SEALED),
    click.option("--contact", help=_SEALED),
    click.option("--domicile", metavar="CODE", help="ISO 3166 code of where the performer lives, such as US-CA."),
    click.option("--birth-years", metavar="BAND", help="A band of birth years, such as 1980-1989."),
    click.option("--union", "unions", multiple=True, help="Union membership; may be given several times."),
    click.option("--represented-by", help="Counsel, agent or collective agreement."),
    click.option(
        "--id", "foreign_ids", multiple=True, metavar="SCHEME:VALUE", help="isni, imdb, hand, hcid, union.NAME."
    ),
    click.option("--minor/--adult", default=None, help="Whether the performer is a minor."),
    click.option("--minor-until", type=DAY, help="The day on which the performer comes of age."),
    click.option("--guardian-name", help=_SEALED),
    click.option("--guardian-contact", help=_SEALED),
    click.option("--guardian-authority", metavar="SHA256", help=_DIGEST),
    click.option("--deceased-on", type=DAY, help="The day of death."),
    click.option("--domicile-at-death", metavar="CODE", help="ISO 3166 code."),
    click.option("--estate-role", type=click.Choice(["estate", "representative"]), help="Who holds the rights."),
    click.option("--estate-name", help=_SEALED),
    click.option("--estate-contact", help=_SEALED),
    click.option("--estate-authority", metavar="SHA256", help=_DIGEST),
    click.option("--survivorship", "estate_survivorship", type=_SURVIVORSHIP, help="Where a grant does not say."),
)


def _fact_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def _stated(options: dict[str, Any]) -> dict[str, Any]:
    """Return the facts that were given on the command line; a day without its hour."""
    given = {name: value for name, value in options.items() if value is not None and value != ()}
    return {name: value.date() if isinstance(value, datetime) else value for name, value in given.items()}


@click.command("add")
@click.argument("stage_name")
@click.option("--namesake", is_flag=True, help="Another person of a stage name that is registered already.")
@_fact_options
@click.pass_context
def add(ctx: click.Context, /, stage_name: str, namesake: bool, **facts: Any) -> None:
    """Add a performer and print the new reference."""
    with home.registry_of(settings_of(ctx)) as registry:
        performer = registry.add_performer(stage_name, now=clock.now(), namesake=namesake, **_stated(facts))
    click.echo(performer.ref)


@click.command("update")
@click.argument("performer")
@click.option("--unstate", multiple=True, metavar="FACT", help="A fact to take back, such as deceased-on.")
@_fact_options
@click.pass_context
def update(ctx: click.Context, /, performer: str, unstate: tuple[str, ...], **facts: Any) -> None:
    """Change what is on record about PERFORMER. What was known before stays; what is not named stays as it was."""
    stated = _stated(facts)
    for fact in unstate:
        name = {"union": "unions", "id": "foreign_ids", "survivorship": "estate_survivorship"}.get(fact, fact)
        if (name := name.replace("-", "_")) not in facts:
            raise click.UsageError(
                f"{fact!r} is no fact about a performer; use the name of its flag, such as deceased-on"
            )
        stated[name] = () if name in ("unions", "foreign_ids") else None
    if not stated:
        raise click.UsageError("nothing to change; name at least one fact, as listed by --help")
    with home.registry_of(settings_of(ctx)) as registry:
        registry.update_performer(performer, now=clock.now(), **stated)
    click.echo(f"{performer}: {len(stated)} fact{'s' * (len(stated) != 1)} recorded")


@click.command("show")
@click.argument("performer")
@known_at_option
@click.option("--identity", is_flag=True, help="Decrypt and show names and contacts; this is recorded.")
@click.option("--operator", envvar="CLEARANCE_OPERATOR", help="Who asks for them; else the account's name.")
@json_option
@click.pass_context
def show(
    ctx: click.Context, performer: str, known_at: str | None, identity: bool, operator: str | None, as_json: bool
) -> None:
    """Show one performer: facts, releases, templates, grants."""
    now, moment = clock.now(), moment_of(known_at)
    with home.registry_of(settings_of(ctx)) as registry:
        found = registry.performer(performer, known_at=moment)
        releases, grants = registry.releases(performer), registry.grants(performer, known_at=moment)
        templates = registry.template_count(performer)
        opened = (
            registry.open_identity(performer, operator=operator or getpass.getuser(), now=now) if identity else None
        )
    today, names = now.date(), asdict(opened) if opened else {}
    if as_json:
        document = public(found) | {"templates": templates, "grants": [g.id for g in grants]}
        document["releases"] = [
            {"id": r.id, "signed_on": r.signed_on.isoformat(), "in_force": r.in_force(today)} for r in releases
        ]
        emit({"schema": "clearance.performer/1", **document, **names})
        return
    click.echo(
        f"{found.ref}  {'(erased)' if found.erased else found.stage_name}  registered {clock.rfc3339(found.registered)}"
    )
    for name, value in (public(found) | names).items():
        if value not in (None, []) and name not in ("performer", "stage_name", "registered"):
            click.echo(f"  {name.replace('_', ' ')}: {words(value)}")
    for release in releases:
        state = "in force" if release.in_force(today) else "not in force"
        click.echo(f"  biometric release {release.id}: signed {release.signed_on}, {state}")
    click.echo(f"  templates: {templates}")
    for grant in grants:
        click.echo(f"  grant {grant.id}: signed {grant.signed_on}, {grant.standing_on(today)}")


def public(performer: Performer) -> dict[str, Any]:
    """Return what a document says about a performer: nothing that is sealed."""
    plain = asdict(performer)
    ref, ids = plain.pop("ref"), plain.pop("foreign_ids")
    facts = {
        name: clock.rfc3339(value) if isinstance(value, datetime) else words(value) if hasattr(value, "year") else value
        for name, value in plain.items()
    }
    facts["unions"] = list(performer.unions)
    return {"performer": ref, **facts, "foreign_ids": [f"{scheme}:{value}" for scheme, value in ids]}


COMMANDS: Final = (add, update, show)
