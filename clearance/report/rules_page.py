"""All rules of all packs as one self-contained page: no script, no network, every string escaped, prints well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from clearance.verdict import UNCAPPED_PACKS
from policies.in_words import CONSEQUENCE, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from policies.pack import Pack
    from policies.rule import Rule


def rules_page(packs: Sequence[Pack], *, made: datetime) -> str:
    """Return the page of the packs' rules. Its filters are radio buttons that style sheets act on."""
    environment = Environment(
        loader=PackageLoader("clearance.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("rules.html.j2").render(
        packs=[(pack, [in_words(rule) for rule in sorted(pack.rules, key=_place)]) for pack in packs],
        consequence=CONSEQUENCE,
        uncapped=UNCAPPED_PACKS,
        made=made.date().isoformat(),
    )


def _place(rule: Rule) -> tuple[str, int]:
    """Return where a rule stands on the page: B2 before B12, whatever file of the pack either is in."""
    letters = rule.id.rstrip("0123456789")
    return letters, int(rule.id[len(letters) :] or 0)
