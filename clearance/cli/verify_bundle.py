"""`clearance verify BUNDLE`: the numbered steps of the auditor's walk, printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clearance import clock
from clearance.cli.context import emit

if TYPE_CHECKING:
    from pathlib import Path

    from provenance.expected_signer import ExpectedSigner
    from provenance.trust import TrustProfile


def run(
    path: Path,
    *,
    trust: TrustProfile | None,
    media: Path | None,
    expected: ExpectedSigner | None,
    issuer_key: Path | None,
    ledger_key: str | None,
    last_checkpoint: Path | None,
    strict: bool,
    as_json: bool,
) -> int:
    """Print what was found step by step, and return the exit code: 0 it holds, 3 held, 4 invalid."""
    from clearance.bundle.verify import Asked, verify_bundle
    from clearance.proofs import read_note
    from clearance.receipts import receipt_text

    asked = Asked(
        trust=trust,
        now=clock.now(),
        media=media,
        expected=expected,
        issuer_key=None if issuer_key is None else receipt_text(issuer_key),
        ledger_key=ledger_key,
        last_checkpoint=None if last_checkpoint is None else read_note(last_checkpoint),
        strict=strict,
    )
    verification = verify_bundle(path, asked)
    if as_json:
        emit(verification.document)
        return verification.verdict.exit_code
    for step in verification.steps:
        click.echo(step.line)
    click.echo(f"\n{str(verification.verdict).upper():8}{path}\n        {verification.why}")
    if verification.record is not None:
        click.echo(
            f"        the record inside says {verification.record.upper()}: what was judged, not whether it holds"
        )
    return verification.verdict.exit_code
