"""`clearance provenance`: what signing and trusting need beside the files: certificates."""

from __future__ import annotations

import click

from clearance.cli import pki


@click.group("provenance")
def command() -> None:
    """Certificates for signing: make them, and see why one would be refused."""


command.add_command(pki.command)
