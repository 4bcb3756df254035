"""`clearance policy diff`: what another version of a pack would make of deliverables that were audited already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance import errors
from clearance.cli.context import emit, json_option, say, settings_of

if TYPE_CHECKING:
    from clearance.recorded import AssetChange
    from policies.rejudging import FindingChange


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--over",
    "reports",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="A report.json, or a folder with one; may be given several times.",
)
@click.argument("more", nargs=-1, metavar="[REPORT]...", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def diff(
    ctx: click.Context, old: str, new: str, reports: tuple[Path, ...], more: tuple[Path, ...], as_json: bool
) -> None:
    """Judge the facts recorded in reports under two versions of a pack, and say whose verdict would change, and why.

    OLD and NEW: a pack's id or path. The other packs of each report are judged along, as they are here. Each rule is
    told for itself, also where a report joins it with another that asks the same; the verdict is the same. Exit code 3
    when the verdict of an asset would get worse, else 0.
    """
    from clearance.packs import draft_pack, packs_named
    from clearance.recorded import Rejudge, recorded_assets

    settings = settings_of(ctx)
    home = settings.home_path
    before, after = draft_pack(old, home=home), draft_pack(new, home=home)
    rejudge = Rejudge(before, after, packs_named((), home=home), settings.approved)
    seen, moved, notes = 0, [], dict[str, None]()
    for report in (*reports, *more):
        for asset in recorded_assets(report):
            seen += 1
            for name in rejudge.others_changed(asset):
                notes[f"{name} is not the version that {asset.report} was judged by"] = None
            change = rejudge.asset(asset)
            if change.findings:
                moved.append(change)
    if as_json:
        emit(
            {
                "schema": "clearance.policy-diff/1",
                "old": {"id": before.id, "version": before.version, "sha256": before.sha256},
                "new": {"id": after.id, "version": after.version, "sha256": after.sha256},
                "assets": seen,
                "notes": list(notes),
                "changes": [_document(change) for change in moved],
            }
        )
    else:
        _print(moved, seen)
    for note in notes:
        say(ctx, note)
    ctx.exit(errors.HELD if any(change.after > change.before for change in moved) else errors.PASSED)


def _print(moved: list[AssetChange], seen: int) -> None:
    other = [change for change in moved if change.before != change.after]
    for change in sorted(moved, key=lambda each: each.before - each.after):
        verdict = f"{change.before} → {change.after}" if change.before != change.after else f"stays {change.before}"
        click.echo(f"{change.asset.path}: {verdict} ({change.asset.report})")
        for finding in change.findings:
            click.echo(f"  {finding.pack} {finding.rule}, {finding.subject[:16]}: {_step(finding)}: {finding.why}")
    click.echo(
        f"{seen} assets: {len(other)} verdicts change, {len(moved) - len(other)} keep theirs with other findings"
    )


def _step(finding: FindingChange) -> str:
    return " → ".join(
        "no such rule" if each is None else f"{each[0]} ({each[1]})" for each in (finding.was, finding.now)
    )


def _document(change: AssetChange) -> dict[str, Any]:
    return {
        "report": str(change.asset.report),
        "path": change.asset.path,
        "recorded": str(change.asset.verdict),
        "before": str(change.before),
        "after": str(change.after),
        "findings": [
            {
                "pack": f.pack,
                "rule": f.rule,
                "subject": f.subject,
                "was": {"outcome": f.was[0], "severity": f.was[1]} if f.was else None,
                "now": {"outcome": f.now[0], "severity": f.now[1]} if f.now else None,
                "why": f.why,
            }
            for f in change.findings
        ],
    }


commands = (diff,)
