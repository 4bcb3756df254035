"""Rule packs by the name a user gives: a built-in id, or the path of a pack file or folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from policies.pack import builtin, builtin_packs, load_pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.pack import Pack


def packs_named(names: Sequence[str]) -> tuple[Pack, ...]:
    """Return the packs of these names, all built-in ones where none is named.

    Raises UnknownPack, which lists those that exist, or the errors of a pack file that does not load.
    """
    return tuple(_pack(name) for name in names) or builtin_packs()


def _pack(name: str) -> Pack:
    path = Path(name)
    return load_pack(path) if path.suffix in (".yaml", ".yml") or path.is_dir() else builtin(name)
