"""`clearance policy new`, `from-sample`, `sign`, `pin` and `index`: the commands that write something."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clearance import clock
from clearance.cli.context import FILE, settings_of
from clearance.errors import ConfigurationError, DestinationExists

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clearance.recorded import RecordedAsset


@click.command("new")
@click.argument("name")
@click.argument("directory", metavar="DIR", type=FILE)
def new(name: str, directory: Path) -> None:
    """Write a pack of one's own, called NAME, into a new folder DIR: a commented first rule with its cases.

    A folder in the "packs" folder of the home is judged by from then on, beside the shipped packs.
    """
    from clearance.folders import is_taken
    from policies.starter import starter_pack

    text = starter_pack(name, today=clock.now().date())
    if is_taken(directory):
        raise DestinationExists(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "pack.yaml").write_text(text, encoding="utf-8")
    click.echo(f"wrote {directory / 'pack.yaml'}; change its rule, then: clearance policy test {directory}")


@click.command("from-sample")
@click.argument("report", type=FILE)
@click.option("--asset", "number", type=click.IntRange(1), default=1, show_default=True, help="Which of its files.")
@click.option("--out", type=FILE, help="Where to write the pack; printed if left out.")
def from_sample(report: Path, number: int, out: Path | None) -> None:
    """Draft rules from the REPORT of a deliverable that conforms: what was true of it becomes what is asked.

    The draft is to be struck through by a person; it carries cases and is green under "policy test".
    """
    from clearance.recorded import recorded_assets
    from policies.sample_draft import sample_draft

    asset = _conforming(recorded_assets(report), number, report)
    assert asset.facts is not None  # noqa: S101 -- a file that could not be assessed doesn't conform
    try:
        text = sample_draft(asset.facts, today=clock.now().date(), source=Path(asset.path).name)
    except ValueError as error:
        raise ConfigurationError(f"{report}: {error}; name another report") from error
    if out is None:
        click.echo(text, nl=False)
        return
    _write_new(out, text)
    click.echo(f"wrote {out}; strike what is not meant, then: clearance policy test {out}")


def _conforming(assets: Iterable[RecordedAsset], number: int, report: Path) -> RecordedAsset:
    from clearance.verdict import Verdict

    for place, asset in enumerate(assets, start=1):
        if place == number:
            if asset.verdict > Verdict.WARN or asset.facts is None:
                raise ConfigurationError(
                    f"{report}: {asset.path} was judged {asset.verdict}; name a deliverable that passed"
                )
            return asset
    raise ConfigurationError(f"{report} has no file number {number}; leave --asset out for the first")


@click.command("sign")
@click.argument("pack", metavar="DIR", type=FILE)
@click.option(
    "--key", required=True, type=FILE, help="A private key in PEM without a password: Ed25519, ECDSA P-256 or P-384."
)
def sign(pack: Path, key: Path) -> None:
    """Sign a pack: a DSSE envelope over the digests of its files, written beside them.

    Where the home's "packs/keys" folder holds public keys (*.pem), every pack of its own must be signed by one.
    """
    from policies.document import file_content
    from policies.errors import EnvelopeInvalid
    from policies.own_packs import checked_pack
    from policies.pack_signature import sign_pack

    loaded = checked_pack(pack)
    try:
        place, fingerprint = sign_pack(pack, file_content(key, str(key)))
    except EnvelopeInvalid as error:
        raise ConfigurationError(f"{key} {error}") from error
    click.echo(f"wrote {place}: {loaded.id} {loaded.version}, SHA-256 {loaded.sha256}, signed by key {fingerprint}")


@click.command("pin")
@click.argument("packs", nargs=-1, metavar="[PACK]...")
@click.option("--replace", is_flag=True, help="Let a version that changed take the place of the one pinned.")
@click.pass_context
def pin(ctx: click.Context, packs: tuple[str, ...], replace: bool) -> None:
    """Pin rule packs by their SHA-256 in the home's "packs/packs.lock": from then on any other version is refused.

    Pinned are CORE, BIO and PROV, the packs of the setting "policies", the home's own, and any PACK named.
    """
    from clearance.judged_packs import ALWAYS
    from clearance.packs import pin_packs

    settings = settings_of(ctx)
    for each in pin_packs((*ALWAYS, *settings.packs, *packs), home=settings.home_path, replace=replace):
        state = {None: "new", each.sha256: "as before"}.get(each.before, f"in place of {each.before}")
        click.echo(f"{each.pack} {each.sha256} {state}")


@click.command("index")
@click.option("--out", required=True, type=FILE, help="The page to write; one file, nothing loaded from elsewhere.")
@click.pass_context
def index(ctx: click.Context, out: Path) -> None:
    """Write a page of all rules of all packs, for reading and printing."""
    from clearance.packs import packs_named
    from clearance.report.rules_page import rules_page

    packs = packs_named((), home=settings_of(ctx).home_path)
    _write_new(out, rules_page(packs, made=clock.now()))
    click.echo(f"wrote {out}: {sum(len(pack.rules) for pack in packs)} rules of {len(packs)} packs")


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise DestinationExists(path) from error


commands = (new, from_sample, index, pin, sign)
