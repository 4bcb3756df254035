"""Rule packs by the name a user gives: a shipped id, the id of one of the home's own packs, or a path.

The home's own packs lie in its `packs` folder and are judged by like the shipped ones where no pack is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clearance.errors import ConfigurationError
from policies.errors import UnknownPack
from policies.own_packs import LOCK, check_pin, checked_pack, own_packs, read_pins, refuse_taken_id
from policies.pack import builtin, builtin_ids, builtin_packs, load_pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.own_packs import OwnPack
    from policies.pack import Pack

FOLDER: Final = "packs"


def packs_named(names: Sequence[str], *, home: Path | None = None) -> tuple[Pack, ...]:
    """Return the packs of these names; where none is named, all shipped ones and the home's own.

    Raises UnknownPack, which lists those that exist, or the errors of a pack that does not load or must not be used.
    """
    own = own_packs_of(home)
    chosen = tuple(_pack(name, own) for name in names) or (*builtin_packs(), *(each.pack for each in own))
    if home is not None and (pins := read_pins(home / FOLDER / LOCK)) is not None:
        for pack in chosen:
            if pack.id in pins:
                check_pin(pack, pins, home / FOLDER / LOCK, pack.id)
    return chosen


def own_packs_of(home: Path | None) -> tuple[OwnPack, ...]:
    """Return the packs in a home's folder; none where there is no home."""
    return own_packs(home / FOLDER) if home is not None else ()


@dataclass(frozen=True, slots=True)
class Pin:
    """One line of the lock file. before: the SHA-256 that was pinned until now, None for a pack that was not."""

    pack: str
    sha256: str
    before: str | None


def pin_packs(names: Sequence[str], *, home: Path, replace: bool) -> tuple[Pin, ...]:
    """Return the lines of the home's lock file, written anew: the packs named, the home's own and those pinned before.

    replace: whether another version may take the place of one that was pinned. Raises ConfigurationError where it
    may not, and the errors of a pack that must not be used.
    """
    lock = home / FOLDER / LOCK
    own = {each.pack.id: each.pack for each in own_packs(home / FOLDER, pinned=False)}
    before = read_pins(lock) or {}
    wanted = {*own, *(name.upper() for name in names), *(name for name in before if name in builtin_ids())}
    pins = tuple(Pin(each, (own.get(each) or builtin(each)).sha256, before.get(each)) for each in sorted(wanted))
    for pin in pins:
        if pin.before not in (None, pin.sha256) and not replace:
            raise ConfigurationError(
                f"{pin.pack} is pinned as {pin.before} and is now {pin.sha256}; have the change looked at, then say "
                "--replace"
            )
    lock.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: half a lock would stop every judgement, or pin less than was asked.
    written = lock.with_name(f".{LOCK}.new")
    written.write_text("".join(f"{pin.pack} {pin.sha256}\n" for pin in pins), encoding="utf-8")
    written.replace(lock)
    return pins


def draft_pack(name: str, *, home: Path | None = None) -> Pack:
    """Return one pack to look at, not to judge by: one at a path may still contradict its own cases."""
    return load_pack(Path(name)) if _is_path(name) else _pack(name, own_packs_of(home))


def _pack(name: str, own: Sequence[OwnPack]) -> Pack:
    if _is_path(name):
        pack = checked_pack(Path(name))
        # A pack of the project's own folder, named by its path, is the shipped one.
        if pack.id not in builtin_ids() or builtin(pack.id).sha256 != pack.sha256:
            refuse_taken_id(pack.id, name)
        return pack
    for each in own:
        if each.pack.id == name.upper():
            return each.pack
    try:
        return builtin(name)
    except UnknownPack as error:
        raise UnknownPack(name, (*error.known, *(each.pack.id for each in own))) from error


def _is_path(name: str) -> bool:
    path = Path(name)
    return path.suffix in (".yaml", ".yml") or path.is_dir()
