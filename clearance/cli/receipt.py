"""`clearance consent receipt`: what a performer holds; issued, shown, presented in part, printed, verified."""

from __future__ import annotations

from pathlib import Path

import click

from clearance import clock, home
from clearance.cli.context import FILE, emit, emit_table, json_option, say, settings_of
from clearance.cli.receipt_verify import command as verify
from clearance.cli.receipt_verify import print_claims
from clearance.receipts import (
    chosen,
    claims_of,
    jwk_of,
    presentation,
    receipt_text,
    write_new,
)

HAND_OVER = "receipt {0} issued; for the performer: clearance consent receipt render {0} --format pdf --out FILE"
_OUT = "File to write; it must not exist yet."
receipt_argument = click.argument("receipt_id", metavar="RECEIPT")
audience_option = click.option("--audience", help="For whom the holder signs the presentation.")
nonce_option = click.option("--nonce", help="What the auditor asked to be signed, against replay.")


@click.group("receipt")
def command() -> None:
    """Receipts that performers hold: proof of a grant or a biometric release, shown in full or in part."""


@command.command("issue")
@click.argument("record", metavar="GRANT|RELEASE")
@click.option("--holder-jwk", type=FILE, help="Public P-256 key (JWK) of who alone may present the receipt.")
@click.option("--out", type=FILE, help=_OUT)
@click.pass_context
def issue(ctx: click.Context, record: str, holder_jwk: Path | None, out: Path | None) -> None:
    """Issue the receipt of a grant or release and print its id; unchanged records keep the one they have."""
    holder = None if holder_jwk is None else jwk_of(holder_jwk)
    with home.registry_of(settings_of(ctx)) as registry:
        receipt = registry.receipts.issue(record, clock.now(), holder=holder)
    if out is not None:
        write_new(out, f"{receipt.text}\n".encode())
    click.echo(receipt.id)


@command.command("list")
@click.argument("performer", required=False)
@json_option
@click.pass_context
def list_(ctx: click.Context, performer: str | None, as_json: bool) -> None:
    """List the receipts issued, to one performer or to all."""
    with home.registry_of(settings_of(ctx)) as registry:
        receipts = registry.receipts.receipts(performer)
    rows = [(r.id, str(r.version), r.record, r.performer, clock.rfc3339(r.issued)) for r in receipts]
    names = ("receipt", "version", "record", "performer", "issued")
    if as_json:
        emit({"schema": "clearance.receipts/1", "receipts": [dict(zip(names, row, strict=True)) for row in rows]})
    elif rows:
        emit_table(names, rows)
    else:
        click.echo("no receipts yet; issue one with: clearance consent receipt issue GRANT")


@command.command("show")
@receipt_argument
@json_option
@click.pass_context
def show(ctx: click.Context, receipt_id: str, as_json: bool) -> None:
    """Show what a receipt says, claim by claim."""
    with home.registry_of(settings_of(ctx)) as registry:
        receipt = registry.receipts.receipt(receipt_id)
        claims = claims_of(receipt, registry.receipts.issuer_key(clock.now()), now=clock.now())
    if as_json:
        emit({"schema": "clearance.receipt/1", "claims": dict(claims), "sd_jwt": receipt.text})
        return
    print_claims(claims)


@command.command("present")
@click.argument("receipt", metavar="RECEIPT|FILE")
@click.option("--disclose", multiple=True, required=True, help="Claims to show: term,territories or territories:US.")
@click.option("--holder-key", type=FILE, help="The holder's private key (JWK), for a receipt bound to it.")
@audience_option
@nonce_option
@click.option("--out", type=FILE, required=True, help=_OUT)
@click.pass_context
def present(
    ctx: click.Context,
    receipt: str,
    disclose: tuple[str, ...],
    holder_key: Path | None,
    audience: str | None,
    nonce: str | None,
    out: Path,
) -> None:
    """Write a presentation that shows the claims named and hides the rest. A FILE needs no registry."""
    if Path(receipt).is_file():
        text = receipt_text(Path(receipt))
    else:
        with home.registry_of(settings_of(ctx)) as registry:
            text = registry.receipts.receipt(receipt).text
    shown = presentation(text, chosen(disclose), holder_key=holder_key, audience=audience, nonce=nonce, now=clock.now())
    write_new(out, f"{shown}\n".encode())
    say(ctx, f"{out}: shows {', '.join(chosen(disclose))}")


@command.command("render")
@receipt_argument
@click.option("--format", "form", type=click.Choice(["html", "pdf", "sd-jwt"]), required=True)
@click.option("--out", type=FILE, required=True, help=_OUT)
@click.pass_context
def render(ctx: click.Context, receipt_id: str, form: str, out: Path) -> None:
    """Write a receipt for its performer, as its record now stands: to read (html, pdf), or the proof (sd-jwt)."""
    from clearance.report.receipt import rendered
    from clearance.report.receipt_paper import paper_of

    now = clock.now()
    with home.registry_of(settings_of(ctx)) as registry:
        receipt = registry.receipts.renewed(receipt_id, now)
        key = registry.receipts.issuer_key(now)
        stage_name = registry.performer(receipt.performer).stage_name
    paper = paper_of(receipt, claims_of(receipt, key, now=now), stage_name=stage_name, issuer=key.kid)
    write_new(out, f"{receipt.text}\n".encode() if form == "sd-jwt" else rendered(paper, form, issued=receipt.issued))


@command.command("key")
@click.option("--format", "form", type=click.Choice(["jwk", "pem"]), default="jwk", show_default=True)
@click.pass_context
def key_(ctx: click.Context, form: str) -> None:
    """Print the public key that checks this registry's receipts; auditors keep it."""
    with home.registry_of(settings_of(ctx)) as registry:
        key = registry.receipts.issuer_key(clock.now())
    if form == "jwk":
        emit(dict(key.jwk()))
    else:
        click.echo(key.pem(), nl=False)


command.add_command(verify)
