"""What `clearance audit` and `clearance gate` are told alike: files, declaration, rules, form and audience."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clearance.cli.context import (
    device_option,
    holder_key_option,
    known_at_option,
    paths_argument,
    preview_option,
    sampling_option,
    trust_option,
    waivers_option,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def judging(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command function with the arguments that audit and gate share."""
    options = (
        paths_argument,
        click.option(
            "--declaration",
            "-d",
            required=True,
            type=click.Path(path_type=Path),
            help="What the supplier says it made.",
        ),
        click.option(
            "--policy",
            "packs",
            multiple=True,
            metavar="PACK",
            help="A built-in pack or a pack file; default CORE, BIO, PROV and those that the declaration names.",
        ),
        waivers_option,
        click.option("--as-of", metavar="TIME", help="Apply the rules of this day or time instead of now's."),
        known_at_option,
        click.option(
            "--format",
            "form",
            type=click.Choice(["text", "json", "jsonl", "sarif", "junit", "csv"]),
            default="text",
            show_default=True,
            help="What to print: words, the record, a line for each file, or a form for other tools.",
        ),
        click.option("--json", "form", flag_value="json", help="The same as --format json."),
        click.option(
            "--view",
            type=click.Choice(["full", "auditor"]),
            default="full",
            show_default=True,
            help="auditor leaves out faces and what else is personal, and says so.",
        ),
        click.option(
            "--search",
            type=click.Choice(["registry", "declared", "detect"]),
            help="Whom to compare faces with: everybody enrolled, those declared, or nobody.",
        ),
        trust_option,
        sampling_option,
        preview_option,
        holder_key_option,
        device_option,
    )
    # Decorators apply from the last to the first; so they are listed, and shown by --help, in the same order.
    for option in reversed(options):
        function = option(function)
    return function
