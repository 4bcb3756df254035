"""`clearance declare attest`: sign the answer to a question that a rule asks a person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance import clock
from clearance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable


def signing_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command function with the options that answers and waivers share."""
    options = (
        click.option("--key", required=True, type=click.Path(path_type=Path), help="Your private key, a PEM file."),
        click.option("--subject", metavar="ID", help="The performer, appearance or tool it is about; else all."),
        click.option(
            "--policy", "packs", multiple=True, metavar="PACK", help="Where the rule is; else the built-in packs."
        ),
        click.option("--out", required=True, type=click.Path(path_type=Path), help="The file to write."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command("attest")
@click.argument("rule", metavar="PACK.RULE")
@click.option("--answer", required=True, help="One of the answers that the rule permits.")
@click.option("--role", required=True, help="In which of the roles that the rule asks you answer.")
@click.option("--reasons", required=True, help="Why; the reasons are part of what is signed.")
@click.option("--project", required=True, help="The project, as in the declaration.")
@click.option("--file", type=click.Path(path_type=Path), help="The file it is about; else every file of the project.")
@click.option("--expires", metavar="DAY", help="The last day on which the answer holds.")
@signing_options
def attest(
    *,
    rule: str,
    answer: str,
    role: str,
    reasons: str,
    project: str,
    file: Path | None,
    subject: str | None,
    expires: str | None,
    key: Path,
    packs: tuple[str, ...],
    out: Path,
) -> None:
    """Answer the question that PACK.RULE asks, signed with your key, for a declaration to name under attestations.

    Make a key once with: openssl genpkey -algorithm ed25519 -out KEY.pem. Whoever judges must trust it, in the file
    attestors.toml of the home; its fingerprint is printed.
    """
    from clearance.writing_papers import attest as signed

    text, fingerprint = signed(
        rule,
        key,
        packs=packs,
        answer=answer,
        role=role,
        reasons=reasons,
        project=project,
        file=digest_of(file) if file else None,
        subject=subject,
        expires_at=end_of(expires),
        now=clock.now(),
    )
    written(out, text, fingerprint, "name it in the declaration under attestations")


def written(out: Path, text: str, fingerprint: str, next_step: str) -> None:
    """Write a signed paper to a new file, and say whose it is and what to do with it."""
    from clearance.errors import DestinationExists

    try:
        with out.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise DestinationExists(out) from error
    click.echo(f"wrote {out}; {next_step}")
    click.echo(f"signed with the key {fingerprint}")


def end_of(day: str | None) -> str | None:
    """Return the last second of a day, as UTC text."""
    if day is None:
        return None
    moment = clock.parse(day)
    if len(day) != len("2026-11-22"):
        raise ConfigurationError(f'"{day}" is not a day; write 2026-11-22')
    return clock.rfc3339(moment.replace(hour=23, minute=59, second=59))


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    import hashlib

    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
