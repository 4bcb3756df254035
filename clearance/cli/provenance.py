"""`clearance provenance`: what signatures rest on. Each subject is a group of its own."""

from __future__ import annotations

import click

from clearance.cli.trust import trust


@click.group("provenance")
def command() -> None:
    """What signatures rest on: whom you trust."""


command.add_command(trust)
