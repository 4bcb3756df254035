"""Which rule packs a delivery is judged by, and what the report says of those it is not judged by.

CORE, BIO and PROV bind every delivery. Which studio, union, state or country has a say depends on facts that a file
does not show, so those packs are judged where the declaration, or the user, names them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.pack import builtin_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.pack import Pack

ALWAYS: Final = ("BIO", "CORE", "PROV")


def judged_packs(named: Sequence[str], declared: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the packs to judge by: those the user named, else CORE, BIO, PROV and those declared."""
    if named:
        return tuple(named)
    return tuple(dict.fromkeys((*ALWAYS, *(name.upper() for name in declared))))


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
