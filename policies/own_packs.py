"""A studio's own packs: loaded from a folder beside the shipped ones, and held to more than those are.

A pack in the folder is refused if its cases contradict its rules, if its id is or looks like a shipped one, if it is
not what `packs.lock` pins, or if it is not signed where keys are trusted. One that is refused stops everything:
leaving it out would clear what it blocks.

    packs/house/pack.yaml       a pack: a folder, or one YAML file
    packs/packs.lock            ID SHA256, one pack a line; where it exists, every own pack must stand in it
    packs/keys/*.pem            public keys; where there is one, every own pack must be signed by one of them
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies.cases import contradictions
from policies.document import file_content
from policies.errors import DocumentUnreadable, PackInvalid, PackRefused
from policies.look_alikes import skeleton
from policies.pack import MAX_PROBLEMS, builtin_ids, load_pack
from policies.pack_signature import signer_of, trusted_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from policies.pack import Pack

LOCK: Final = "packs.lock"
KEYS: Final = "keys"
MAX_PACKS: Final = 100
_LOCK_LINE = re.compile(r"([A-Z][A-Z0-9-]{0,30})\s+([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class OwnPack:
    """A pack of the folder. signer: the fingerprint of the trusted key that signed it, None where none is asked for."""

    pack: Pack
    path: Path
    signer: str | None


def own_packs(folder: Path, *, pinned: bool = True) -> tuple[OwnPack, ...]:
    """Return the packs of a folder in the order of their ids; none if there is no such folder.

    pinned: whether they must be what the lock file pins; only whoever writes that file asks for less. Raises
    PackRefused, PackInvalid or DocumentInvalid for the first one that must not be used.
    """
    if not folder.is_dir():
        return ()
    keys = trusted_keys(folder / KEYS)
    pins = read_pins(folder / LOCK) if pinned else None
    found: list[OwnPack] = []
    for path in _paths(folder):
        pack = checked_pack(path)
        signer = signer_of(path, pack.sha256, keys) if keys else None
        if keys and signer is None:
            raise PackRefused(
                str(path), f'it is not signed, and {folder / KEYS} asks for that; see "clearance policy sign"'
            )
        found.append(OwnPack(pack, path, signer))
    _refuse_shadows(found)
    for own in found:
        if pins is not None:
            check_pin(own.pack, pins, folder / LOCK, str(own.path))
    return tuple(sorted(found, key=lambda own: own.pack.id))


def checked_pack(path: Path) -> Pack:
    """Return the pack at a path, by whose rules something may be judged. Raises PackInvalid if its cases contradict
    it, and whatever `load_pack` raises."""
    pack = load_pack(path)
    if problems := contradictions(pack):
        raise PackInvalid(str(path), problems[:MAX_PROBLEMS])
    return pack


def refuse_taken_id(pack_id: str, source: str) -> None:
    """Raise PackRefused for an id of an own pack that is, or can be taken for, that of a shipped one."""
    for shipped in builtin_ids():
        if skeleton(pack_id) == skeleton(shipped):
            how = "is the id of a shipped pack" if pack_id == shipped else f"looks like the shipped pack {shipped}"
            raise PackRefused(source, f"its id {pack_id} {how}; give it an id of its own")


def read_pins(file: Path) -> Mapping[str, str] | None:
    """Return pack id → SHA-256 as pinned in a lock file, None if there is no such file. Raises PackRefused."""
    if not file.exists():
        return None
    try:
        lines = file_content(file, str(file)).decode("utf-8").splitlines()
    except (DocumentUnreadable, UnicodeDecodeError) as error:
        raise PackRefused(str(file), "it can't be read as text; write it again") from error
    pins: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        found = _LOCK_LINE.fullmatch(text)
        if text and not found:
            raise PackRefused(f"{file}:{number}:1", "write a pack's id and its SHA-256, as HOUSE 0123...")
        if found and found[1] in pins:
            raise PackRefused(f"{file}:{number}:1", f"{found[1]} is pinned twice; keep one line")
        if found:
            pins[found[1]] = found[2]
    return pins


def check_pin(pack: Pack, pins: Mapping[str, str], lock: Path, source: str) -> None:
    """Raise PackRefused if the pack is not the one that is pinned under its id."""
    pinned = pins.get(pack.id)
    if pinned is None:
        raise PackRefused(source, f"{lock} does not pin {pack.id}; look at it, then: clearance policy pin")
    if pinned != pack.sha256:
        raise PackRefused(
            source,
            f"its SHA-256 is {pack.sha256}, and {lock} pins {pinned}; have the change looked at, then: clearance "
            "policy pin --replace",
        )


def _paths(folder: Path) -> list[Path]:
    paths = sorted(
        entry
        for entry in folder.iterdir()
        if entry.suffix in (".yaml", ".yml") or (entry.is_dir() and entry.name != KEYS and entry.name[0] != ".")
    )
    if len(paths) > MAX_PACKS:
        raise PackRefused(str(folder), f"it holds more than {MAX_PACKS} packs; remove those not in use")
    return paths


def _refuse_shadows(found: Iterable[OwnPack]) -> None:
    seen: dict[str, OwnPack] = {}
    for own in found:
        refuse_taken_id(own.pack.id, str(own.path))
        other = seen.setdefault(skeleton(own.pack.id), own)
        if other is not own:
            reason = f"its id {own.pack.id} is, or looks like, that of {other.path}; give it an id of its own"
            raise PackRefused(str(own.path), reason)
