"""`clearance provenance`: what signatures rest on. Each subject is a group of its own."""

from __future__ import annotations

import click

from clearance.cli import pki
from clearance.cli.trust import trust


@click.group("provenance")
def command() -> None:
    """What signatures rest on: whom you trust, and certificates for signing: make them, see why one is refused."""


command.add_command(trust)
command.add_command(pki.command)
