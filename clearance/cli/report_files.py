"""What `clearance audit` is told about the files it writes: with or without a PDF, signed or not, and by which key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance import clock
from clearance.cli.context import settings_of
from clearance.cli.passphrase import asker, passphrase_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from clearance.report.signatory import Signatory


def report_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command function with the options that say what a report is made of."""
    options = (
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            default="clearance-report",
            show_default=True,
            help="New folder for the report.",
        ),
        click.option("--no-pdf", is_flag=True, help="Write no report.pdf."),
        click.option(
            "--sign", "signed", is_flag=True, help="Sign the report: report.dsse.json, and report.pdf itself."
        ),
        passphrase_options("passphrase", "the signing key"),
    )
    for option in reversed(options):
        function = option(function)
    return function


def signatory_for(
    ctx: click.Context, *, signed: bool, passphrase_file: Path | None, passphrase_fd: int | None
) -> Signatory | None:
    """Return who signs the report, or None where no signature is asked for; the errors name what is unusable."""
    if not signed:
        return None
    from clearance.home import identity_of
    from clearance.report.signatory import signatory_of

    return signatory_of(identity_of(settings_of(ctx), ask=asker(passphrase_file, passphrase_fd)), now=clock.now())
