"""Which rule packs a delivery is judged by, and what the report says of those it is not judged by.

CORE, BIO and PROV bind every delivery, and so do the packs that whoever judges keeps in the home or names in the
settings. Which studio, union, state or country has a say besides depends on facts that a file does not show: those
packs are judged where the declaration names them. A declaration can add packs and never takes one away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clearance.packs import own_packs_of
from policies.pack import builtin_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clearance.settings import Settings
    from policies.pack import Pack

ALWAYS: Final = ("BIO", "CORE", "PROV")


def judged_packs(named: Sequence[str], declared: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """Return the names of the packs to judge by: those the user named, else of settings, home and declaration."""
    if named:
        return tuple(named)
    own = (each.pack.id for each in own_packs_of(settings.home_path))
    return tuple(dict.fromkeys((*ALWAYS, *settings.packs, *own, *(name.upper() for name in declared))))


def limits_of_packs(packs: Sequence[Pack]) -> tuple[str, ...]:
    """Return what the choice of packs leaves open, in sentences for the report."""
    judged = {pack.id for pack in packs}
    left = [name for name in builtin_ids() if name not in judged]
    sentences = [
        f"Pack {pack.id} was judged although it is not in use: {pack.disabled_because}"
        for pack in packs
        if pack.disabled_because
    ]
    if left:
        sentences.append(
            f"Not judged: rule packs {', '.join(left)}. Where one of them binds the production, name it under "
            "policies in the declaration, or with --policy."
        )
    return tuple(sentences)
