"""Which rule packs a delivery is judged by, and what the report says of those it is not judged by.

CORE, BIO and PROV bind every delivery, and so do the packs that whoever judges keeps in the home or names in the
settings. Which studio, union, state or country has a say besides depends on facts that a file does not show: those
packs are judged where the declaration names them. A declaration can add packs and never takes one away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clearance.errors import DocumentRejected
from clearance.packs import own_packs_of
from policies.document import read_document
from policies.pack import builtin_ids

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clearance.settings import Settings
    from policies.pack import Pack

ALWAYS: Final = ("BIO", "CORE", "PROV")


def judged_packs(
    named: Sequence[str], declared: Sequence[str], settings: Settings, declaration: Path | None = None
) -> tuple[str, ...]:
    """Return the names of the packs to judge by: those the user named, else of settings, home and declaration.

    declaration: the file that declared was read from. Raises DocumentRejected for a pack in it that does not exist.
    """
    if declaration is not None:
        require_known(declaration, declared, settings)
    if named:
        return tuple(named)
    own = (each.pack.id for each in own_packs_of(settings.home_path))
    return tuple(dict.fromkeys((*ALWAYS, *settings.packs, *own, *(name.upper() for name in declared))))


def require_known(file: Path, declared: Sequence[str], settings: Settings) -> None:
    """Raise DocumentRejected, with its place in the declaration's file, for each declared pack that does not exist."""
    known = (*builtin_ids(), *(each.pack.id for each in own_packs_of(settings.home_path)))
    strange = [(place, name) for place, name in enumerate(declared) if name.upper() not in known]
    if strange:
        document = read_document(file)
        raise DocumentRejected(
            tuple(
                f"{document.locate(('policies', place))}: there is no rule pack {name}; choose among {', '.join(known)}"
                for place, name in strange
            )
        )


def before_signing(packs: Sequence[Pack]) -> tuple[Pack, ...]:
    """Return the packs without the rules that read the manifest: the one they are to judge has not been made yet."""
    kept = (
        pack.keeping(
            frozenset(
                rule.id
                for rule, program in zip(pack.rules, pack.programs, strict=True)
                if not any(fact.startswith("manifest.") for fact in (*rule.needs, *program.facts))
            )
        )
        for pack in packs
    )
    return tuple(pack for pack in kept if pack.rules)


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
