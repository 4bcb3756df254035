"""`clearance verify` and `clearance inspect`: what a file says about its own making, with and without a judgement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance.cli.context import emit, json_option, settings_of

if TYPE_CHECKING:
    from provenance.reading import ProvenanceReading

trust_option = click.option(
    "--trust",
    type=click.Path(path_type=Path),
    help="PEM file of the roots you trust; default the home's, if any.",
)


@click.command("verify")
@click.argument("path", type=click.Path(path_type=Path))
@trust_option
@json_option
@click.pass_context
def command(ctx: click.Context, path: Path, trust: Path | None, as_json: bool) -> None:
    """The auditor's check of a file, offline: needs no home, no registry and no network.

    Exit code 0 verified, 3 held (no manifest, or a signer you do not trust), 4 the evidence does not hold.
    """
    from clearance.home import trust_profile
    from clearance.verify import verify

    verification = verify(path, trust_profile(settings_of(ctx), file=trust))
    if as_json:
        emit(verification.document)
    else:
        click.echo(f"{str(verification.verdict).upper():8}{path}")
        click.echo(f"        {verification.why}")
        click.echo(f"        SHA-256 {verification.sha256}")
        _print(verification.reading)
    ctx.exit(verification.verdict.exit_code)


@click.command("inspect")
@click.argument("path", type=click.Path(path_type=Path))
@trust_option
@json_option
@click.pass_context
def inspect(ctx: click.Context, path: Path, trust: Path | None, as_json: bool) -> None:
    """What a file says about its own making; nothing is judged, the exit code is 0 where it could be read."""
    from clearance.home import trust_profile
    from clearance.report.provenance import provenance_of
    from provenance.verify import read

    reading = read(path, trust_profile(settings_of(ctx), file=trust))
    if as_json:
        emit({"schema": "clearance.inspection/1", "path": str(path), **provenance_of(reading)})
        return
    click.echo(str(path))
    _print(reading)
    for assertion in reading.assertions:
        click.echo(f"        assertion   {assertion.label} ({'created' if assertion.created else 'gathered'})")


def _print(reading: ProvenanceReading) -> None:
    for name in ("integrity", "trust", "identity", "time", "revocation"):
        answer = getattr(reading, name)
        _line(name, f"{answer.value.replace('_', ' ')}: {answer.why}")
    if not reading.present:
        return
    if reading.signer:
        _line(
            "signed by",
            f"{reading.signer.subject}, certificate {reading.signer.serial} by {reading.signer.issuer}",
        )
    _line("source type", f"{reading.source_type or 'none stated'} ({reading.source_type_status})")
    for action in reading.actions:
        _line("action", f"{action.name}{f' with {action.agent}' if action.agent else ''}")
    for ingredient in reading.ingredients:
        _line(
            "made from",
            f"{ingredient.title or 'untitled'} ({ingredient.relationship}): integrity {ingredient.integrity.value}, "
            f"trust {ingredient.trust.value}",
        )
    if reading.consent:
        how = "by the signer" if reading.consent.created else "merely gathered, not by the signer"
        _line("consent", f"assertion {reading.consent.label}, stated {how}")


def _line(label: str, text: Any) -> None:
    # Text out of a manifest is hostile: control characters must not reach the terminal.
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))
    click.echo(f"        {label:12}{printable}")
