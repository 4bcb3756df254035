"""`clearance consent affected`: the deliverables that a change of consent concerns."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- click reads the annotations at run time
from typing import TYPE_CHECKING, Any

import click

from clearance import clock, errors, home
from clearance.cli.context import DAY, emit, json_option, say, settings_of

if TYPE_CHECKING:
    from consent.reliance import RestingDeliverable


@click.command("affected")
@click.argument("reference", metavar="GRANT|RELEASE|PERFORMER")
@click.option("--at", type=DAY, help="Judge the same use on that day too; today without it.")
@json_option
@click.pass_context
def affected(ctx: click.Context, reference: str, at: datetime | None, as_json: bool) -> None:
    """List the deliverables that rest on a consent, and judge their use again.

    Exit code 3 when the use of any of them is no longer covered as it was when it was audited, on its own day
    or on the day asked about; 0 when none is.
    """
    day = (at or clock.now()).date()
    with home.registry_of(settings_of(ctx)) as registry:
        found = registry.deliverables.resting_on(reference, on=day)
    if as_json:
        listed = [_document(each) for each in found]
        document = {"schema": "clearance.affected/1", "reference": reference, "at": day.isoformat()}
        emit({**document, "deliverables": listed})
    for each in () if as_json else found:
        state = "affected" if each.affected else "unaffected"
        what = f"{'signed' if each.signed else 'audited'} {clock.rfc3339(each.recorded)}, verdict {each.verdict}"
        click.echo(f"{state:10}  {each.asset_sha256}  {what}")
        click.echo(
            f"  its use on {each.reliance.use.date}: {_plain(each.on_use_date)}; on {day}: {_plain(each.from_then_on)}"
        )
        if each.why:
            click.echo(f"  {each.why}")
    if not found:
        say(ctx, f"no deliverable on record rests on {reference}")
    ctx.exit(errors.HELD if any(each.affected for each in found) else errors.PASSED)


def _document(each: RestingDeliverable) -> dict[str, Any]:
    return {
        "asset_sha256": each.asset_sha256,
        "audited": clock.rfc3339(each.recorded),
        "verdict": each.verdict,
        "signed": each.signed,
        "performer": each.reliance.performer,
        "grant": each.reliance.grant,
        "grant_version": each.reliance.grant_version,
        "release": each.reliance.release,
        "use_date": each.reliance.use.date.isoformat(),
        "outcome_then": each.reliance.outcome,
        "outcome_on_use_date": each.on_use_date,
        "outcome_from_then_on": each.from_then_on,
        "affected": each.affected,
        "why": each.why,
    }


def _plain(outcome: str) -> str:
    return outcome.replace("_", " ")
