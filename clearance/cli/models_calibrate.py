"""`clearance models calibrate`: a calibration of the pack in use, measured on labelled pictures."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from clearance import clock
from clearance.cli.context import device_option, progress, say, settings_of


@click.command("calibrate")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="New folder for the file and its charts.")
@click.option("--target-fpir", type=click.FloatRange(0.001, 0.1), default=0.01, show_default=True)
@device_option
@click.pass_context
def calibrate(ctx: click.Context, folder: Path, out: Path, target_fpir: float, device: str | None) -> None:
    """Measure the pack in use on labelled pictures (DIR/<identity>/*.jpg), and write the calibration that follows.

    With second_pack the two are measured together. The charts show how often strangers are named and enrolled people
    are missed. Use the file with the setting calibration = "OUT/calibration.json".
    """
    from clearance.calibrating import calibrate_pack

    settings = settings_of(ctx, device=device)
    with progress(ctx) as shown:
        watch = partial(shown, folder) if shown else None
        run = calibrate_pack(folder, out, settings, target_fpir=target_fpir, now=clock.now(), on_progress=watch)
    click.echo(f"{run.record.id}: {run.record.dataset.identities} people, {run.record.dataset.pictures} pictures")
    for path, why in run.left_out:
        say(ctx, f"left out {path.name}: {why}")
    for check in run.record.cross_checks:
        click.echo(
            f"  {check.people} people, {check.references} references: threshold {check.threshold:.3f} from one half; "
            f"on the other {check.fpir:.2%} of strangers named, {check.fnir:.2%} of people missed"
        )
    click.echo(f"wrote {out / 'calibration.json'}")
