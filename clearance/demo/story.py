"""The story of the demo, step by step, through the same commands that a user types.

Each step says what it must come out as; the first that does not raises DemoFailed.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from clearance import clock
from clearance.cli.main import run
from clearance.demo import media, paperwork
from clearance.errors import BLOCKED, HELD, INVALID, PASSED, DemoFailed, DestinationExists
from clearance.folders import is_taken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Marks a folder that a demo made, and that the next one may therefore replace.
MARKER: Final = ".clearance-demo"
COMPOSITE: Final = "compositeWithTrainedAlgorithmicMedia"


@dataclass(frozen=True, slots=True)
class Deliverable:
    """One file of the submission: what the story says it must be judged, and the rule that must say so."""

    name: str
    verdict: str
    rule: str | None
    tale: str


DELIVERABLES: Final = (
    Deliverable("keeper-still.jpg", "pass", None, "declared, and the grant covers it"),
    Deliverable("harbour-scene.mp4", "pass", None, "four shots, declared, covered"),
    Deliverable("gala-scene.mp4", "block", "K10", "an enrolled performer on screen whom nobody declared"),
    Deliverable("senator-still.png", "block", "K2", "declared, but the grant had expired"),
    Deliverable("pilot-still.webp", "block", "K1", "declared, but there is no grant"),
    Deliverable("keeper-poster.jpg", "block", "P7", "signed as a camera original although a replica is declared"),
    Deliverable("dinner-party.jpg", "review", "K14", "six people whom nobody has enrolled"),
)


def tell(folder: Path) -> None:
    """Tell the whole story in a new folder; raises DemoFailed at the first step that comes out otherwise."""
    _clear(folder)
    home, files, papers = (folder / part for part in ("home", "deliverables", "papers"))
    for made in (files, papers):
        made.mkdir(parents=True)
    (folder / MARKER).touch()
    cast = _enrol(home, papers)
    declaration = folder / "declaration.yaml"
    paperwork.write_declaration(declaration, day=clock.now().date().isoformat(), **cast)
    _make_and_sign(home, files, declaration)
    document = _audit(home, files, declaration, folder / "report")
    _show(document)
    _hand_in(home, folder, declaration)
    _tamper(home, files / DELIVERABLES[0].name, folder / "tampered", declaration)
    click.echo(f"\nEverything came out as the story says. Open these:\n  {folder / 'report' / 'report.html'}")
    click.echo(f"  {folder / 'report' / 'report.pdf'}\n  {folder / 'report' / 'report.json'}")
    click.echo(f"  {folder / 'bundle.zip'}\n  {declaration}")


def _clear(folder: Path) -> None:
    if (folder / MARKER).is_file():
        shutil.rmtree(folder)
    if is_taken(folder):
        raise DestinationExists(folder)


def _enrol(home: Path, papers: Path) -> dict[str, str]:
    _heading("A registry with three stand-in performers, each with a signed biometric release")
    _step(home, "init", "--dev")
    cast = {
        role: _step(home, "performer", "add", f"The {role.title()}'s stand-in").strip()
        for role in ("keeper", "senator", "pilot")
    }
    photographs = {"keeper": media.COLLINS, "senator": media.OBAMA_ENROLLED, "pilot": media.BIDEN}
    for role, photograph in photographs.items():
        image = papers / f"{role}-reference.jpg"
        media.portrait(photograph).save(image, quality=92)
        _step(
            home,
            "performer",
            "enrol",
            cast[role],
            str(image),
            "--release-signed",
            "2025-01-20",
            "--jurisdiction",
            "US-CA",
        )
    _heading("One valid grant, one that has expired, and none for the third")
    for role, expires in (("keeper", "2031-12-31"), ("senator", "2026-03-01")):
        grant = paperwork.write_grant(
            papers,
            role,
            stage_name=f"The {role.title()}'s stand-in",
            character=f"The {role.title()}",
            expires=expires,
        )
        _step(home, "consent", "grant", cast[role], str(grant))
    return cast


def _make_and_sign(home: Path, files: Path, declaration: Path) -> None:
    _heading("The supplier's deliverables, signed with C2PA")
    unsigned = files.parent / "unsigned"
    unsigned.mkdir()
    media.retouched(media.COLLINS).save(unsigned / "keeper-still.jpg", quality=92)
    media.retouched(media.COLLINS).resize((768, 768)).save(unsigned / "keeper-poster.jpg", quality=92)
    media.retouched(media.OBAMA_STANDING).save(unsigned / "senator-still.png")
    media.retouched(media.BIDEN).save(unsigned / "pilot-still.webp", quality=92)
    media.strangers().save(unsigned / "dinner-party.jpg", quality=92)
    media.write_video(unsigned / "harbour-scene.mp4", media.HARBOUR)
    media.write_video(unsigned / "gala-scene.mp4", media.GALA)
    for deliverable in DELIVERABLES:
        source, signed = unsigned / deliverable.name, files / deliverable.name
        if deliverable.verdict == "pass":
            # Our own signer audits first and states the consent; it would refuse the others.
            _step(
                home,
                "sign",
                str(source),
                "--out",
                str(signed),
                "-d",
                str(declaration),
                "--source-type",
                COMPOSITE,
            )
        else:
            _sign_elsewhere(home, source, signed, "digitalCapture" if deliverable.rule == "P7" else COMPOSITE)
    # What our own signer says to a file that consent does not cover.
    refused = ("sign", str(unsigned / "senator-still.png"), "--out", str(files / "never.png"), "-d", str(declaration))
    _step(home, *refused, "--source-type", COMPOSITE, expected=BLOCKED)


def _sign_elsewhere(home: Path, source: Path, signed: Path, source_type: str) -> None:
    """Sign as a supplier's tool would that asks nobody for consent: no audit, no consent assertion."""
    from provenance.identity import load_identity
    from provenance.manifest import Agent
    from provenance.sign import sign
    from provenance.trust import load

    identity = load_identity(home / "identity")
    sign(
        source,
        signed,
        identity=identity,
        trust=load(home / "identity" / "root.pem"),
        source_type=source_type,
        agent=Agent("FaceComposer", "4.1"),
        now=clock.now(),
    )
    click.echo(f"  (another tool signed {source.name}, without asking for consent)")


def _audit(home: Path, files: Path, declaration: Path, report: Path) -> dict[str, Any]:
    _heading("The audit of the submission, and the gate on one file")
    paths = [str(files / d.name) for d in DELIVERABLES]
    text = _step(
        home,
        "audit",
        *paths,
        "-d",
        str(declaration),
        "--out",
        str(report),
        "--json",
        expected=BLOCKED,
        show=False,
    )
    document: dict[str, Any] = json.loads(text)
    _step(home, "gate", str(files / "keeper-still.jpg"), "-d", str(declaration))
    _step(home, "gate", str(files / "dinner-party.jpg"), "-d", str(declaration), expected=HELD, show=False)
    return document


def _show(document: dict[str, Any]) -> None:
    from clearance.cli.context import emit_table
    from clearance.report.sentences import reason

    rows = []
    for deliverable, asset in zip(DELIVERABLES, document["assets"], strict=True):
        failed = {f["rule"] for f in asset["findings"] if f["outcome"] == "fail"}
        if asset["verdict"] != deliverable.verdict or (deliverable.rule and deliverable.rule not in failed):
            raise DemoFailed(
                f"{deliverable.name} came out as {asset['verdict']} by {', '.join(sorted(failed)) or 'no rule'}, "
                f"the story says {deliverable.verdict} by {deliverable.rule or 'no rule'}"
            )
        rows.append((deliverable.name, asset["verdict"], reason(asset)))
    click.echo()
    emit_table(("asset", "verdict", "reason"), rows)


def _hand_in(home: Path, folder: Path, declaration: Path) -> None:
    _heading("The submission as one signed file, and an auditor's walk through it")
    bundle, root = str(folder / "bundle.zip"), str(home / "identity" / "root.pem")
    report = str(folder / "report")
    _step(home, "bundle", "create", report, "-d", str(declaration), "--recipient", "auditor", "--out", bundle)
    # The evidence holds, whatever verdict the record inside states.
    _step(home, "verify", bundle, "--trust", root, "--media", str(folder / "deliverables"))


def _tamper(home: Path, signed: Path, folder: Path, declaration: Path) -> None:
    _heading("One byte of a signed file is changed")
    _step(home, "verify", str(signed))
    folder.mkdir()
    damaged = folder / signed.name
    content = bytearray(signed.read_bytes())
    # Well inside the picture data, where no parser would notice.
    content[-len(content) // 4] ^= 0x01
    damaged.write_bytes(content)
    _step(home, "verify", str(damaged), expected=INVALID)
    _step(home, "gate", str(damaged), "-d", str(declaration), expected=INVALID, show=False)


def _heading(text: str) -> None:
    click.echo(f"\n{text}")


def _step(home: Path, *arguments: str, expected: int = PASSED, show: bool = True) -> str:
    """Run one command of the product, show it as typed, and return what it printed."""
    shown = " ".join(_shortened(arguments, home.parent))
    out, log = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(log):
        code = run(["-q", "--home", str(home), *arguments])
    click.echo(f"$ clearance {shown}" + (f"   (exit {code})" if code else ""))
    if show:
        click.echo("".join(f"  {line}\n" for line in (out.getvalue() + log.getvalue()).splitlines()), nl=False)
    if code != expected:
        raise DemoFailed(f'"clearance {shown}" ended in {code} instead of {expected}: {log.getvalue().strip()}')
    return out.getvalue()


def _shortened(arguments: Sequence[str], folder: Path) -> list[str]:
    prefix = f"{folder}/"
    short = [a.removeprefix(prefix) for a in arguments]
    return [f'"{a}"' if " " in a else a for a in short]
