"""`clearance consent receipt verify`: the auditor's check of a receipt, which reaches no registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from clearance import clock
from clearance.cli.context import FILE, emit, json_option
from clearance.receipts import EXIT_CODES, check_document, check_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from consent.receipt_reading import ReceiptReading

_OUTCOMES = {"valid": "VALID", "not_in_force": "ENDED", "held": "HELD", "invalid": "INVALID"}


@click.command("verify")
@click.argument("file", type=FILE)
@click.option("--issuer-key", type=FILE, required=True, help="The registry's public key, JWK or PEM.")
@click.option("--ledger-key", metavar="LINE", help="The ledger's verifier key: origin+hash+key.")
@click.option("--standing", type=FILE, help="Standing proof of the performer, newer than the receipt.")
@click.option("--checkpoint", type=FILE, help="A checkpoint that you have from elsewhere; the standing must be of it.")
@click.option("--audience", help="For whom you asked the holder to sign.")
@click.option("--nonce", help="What you asked the holder to sign.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    file: Path,
    issuer_key: Path,
    ledger_key: str | None,
    standing: Path | None,
    checkpoint: Path | None,
    audience: str | None,
    nonce: str | None,
    as_json: bool,
) -> None:
    """Check the receipt or presentation in FILE, offline: needs no home, no registry and no network.

    Exit code 0 valid and in force, 1 no longer in force, 3 something was not shown, 4 it does not hold.
    """
    reading = check_files(
        file,
        issuer_key,
        ledger_key=ledger_key,
        standing=standing,
        checkpoint=checkpoint,
        audience=audience,
        nonce=nonce,
        now=clock.now(),
    )
    if as_json:
        emit(check_document(reading))
    else:
        _print(file, reading)
    ctx.exit(EXIT_CODES[reading.outcome])


def print_claims(claims: Mapping[str, Any]) -> None:
    """Print what a receipt says, a line for each claim; the ledger's proof is named, not printed."""
    for name, value in claims.items():
        click.echo(f"  {name.replace('_', ' '):18}{'a proof of inclusion' if name == 'ledger' else _words(value)}")


def _print(file: Path, reading: ReceiptReading) -> None:
    click.echo(f"{_OUTCOMES[reading.outcome]:8}{file}")
    for name, answer in (
        ("signature", reading.signature),
        ("ledger", reading.inclusion),
        ("standing", reading.status),
        ("holder", reading.holder),
    ):
        click.echo(f"        {name:12}{answer.value.replace('_', ' ')}: {_printable(answer.why)}")
    if reading.claims:
        click.echo(f"        disclosed   {len(reading.claims)} claims; {reading.hidden} hidden or decoys")
        print_claims(reading.claims)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{_printable(key)} {_words(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value) or "none"
    return _printable(value)


def _printable(text: object) -> str:
    # Text out of a receipt is hostile: control characters must not reach the terminal.
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))
