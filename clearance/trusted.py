"""Whose signatures count in this run: profiles kept in the home, files, or the home's development root.

A profile in the home is a folder `trust/NAME` with a `profile.toml` and the lists that it pins.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clearance.errors import ConfigurationError
from clearance.folders import replaced

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from clearance.settings import Setting
    from provenance.errors import TrustError
    from provenance.trust import TrustProfile
    from provenance.trust_document import Entry
    from provenance.trust_lists import Purpose

FOLDER: Final = "trust"
FROM_FLAG: Final = "the command line"


@dataclass(frozen=True, slots=True)
class NewList:
    """A list to be taken into a profile of the home. `name` None: after its file. See `trust_document.Entry`."""

    file: Path
    profile: str
    purpose: Purpose
    name: str | None = None
    date: date | None = None
    max_age_days: int | None = None
    ekus: tuple[str, ...] = ()
    legacy: bool = False
    source: str = ""
    replace: bool = False


def names(home: Path) -> tuple[str, ...]:
    """Return the names of the profiles that a home keeps."""
    from provenance.trust import DOCUMENT

    return tuple(sorted(found.parent.name for found in (home / FOLDER).glob(f"*/{DOCUMENT}")))


def chosen(home: Path, setting: Setting) -> TrustProfile:
    """Return the profile that a setting names: names in the home or paths, with commas between, taken together.

    Raises ConfigurationError, or what provenance says about a profile that cannot be used.
    """
    from provenance.trust import composed

    wanted = dict.fromkeys(filter(None, (part.strip() for part in setting.value.split(","))))
    return composed([_one(home, part, setting.source) for part in wanted])


def _one(home: Path, wanted: str, source: str) -> TrustProfile:
    from provenance.trust import load
    from provenance.trust_document import PLAIN_NAME

    if PLAIN_NAME.fullmatch(wanted):
        # Never a file of that name in the current folder, which may be a stranger's delivery.
        if wanted not in names(home):
            kept = ", ".join(names(home)) or "none"
            raise ConfigurationError(
                f"{source}: there is no trust profile {wanted!r} in {home} (it keeps {kept}); "
                f'add one with "clearance provenance trust add", or name a file by its path: ./{wanted}'
            )
        return load(home / FOLDER / wanted)
    path = Path(wanted)
    if source != FROM_FLAG and not path.is_absolute():
        raise ConfigurationError(f"{source}: trust_profile is {wanted!r}; write a name or a path from the root")
    return load(path)


def each_of(
    home: Path, wanted: Sequence[str] = (), *, some: bool = False
) -> list[tuple[str, TrustProfile | TrustError]]:
    """Return the profiles of a home, or those that are named, each as it is or with the reason why it is unusable.

    Raises ConfigurationError for a name that the home does not know and, if there must be some, where it keeps none.
    """
    from provenance.errors import TrustError

    found: list[tuple[str, TrustProfile | TrustError]] = []
    if some and not wanted and not names(home):
        raise ConfigurationError(
            f'{home} keeps no trust profile; add one with "clearance provenance trust add FILE --name PROFILE"'
        )
    for name in wanted or names(home):
        try:
            found.append((name, _one(home, name, FROM_FLAG)))
        except TrustError as error:
            found.append((name, error))
    return found


def add(home: Path, new: NewList, *, now: datetime) -> TrustProfile:
    """Return the profile of a home with one list more, or one list newer. What was there stays if anything is wrong.

    Raises ConfigurationError or what provenance says about the list.
    """
    from provenance.errors import TrustProfileInvalid
    from provenance.trust import DOCUMENT, load, read_file
    from provenance.trust_document import PLAIN_NAME, parsed, rendered

    for given in filter(None, (new.profile, new.name)):
        if not PLAIN_NAME.fullmatch(given):
            raise ConfigurationError(f"{given!r} is no name for a profile or a list; use a-z, 0-9 and -")
    content = _content(new.file)
    folder = home / FOLDER / new.profile
    present = _entries(folder) if (folder / DOCUMENT).is_file() else ()
    stated = _stated(new, content, now)
    kept = tuple(entry for entry in present if entry.name != stated.name)
    if len(kept) < len(present) and not new.replace:
        raise ConfigurationError(
            f"profile {new.profile} has a list {stated.name!r} already; take the newer one with --replace, "
            "or call this one otherwise with --list"
        )
    document = rendered(new.profile, (*kept, stated)).encode()
    with tempfile.TemporaryDirectory() as judged:
        # Judged as it will be read, before anything is changed.
        trial = Path(judged)
        for entry in kept:
            (trial / entry.file).write_bytes(read_file(folder / entry.file))
        (trial / stated.file).write_bytes(content)
        try:
            profile = parsed(document, trial)
        except TrustProfileInvalid as error:
            raise type(error)(f"{new.file}, as part of profile {new.profile}: {error}") from error
    _check_new(profile, new, stated, now, load(folder) if present else None)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    replaced(folder / stated.file, content)
    replaced(folder / DOCUMENT, document)
    return profile


def _content(file: Path) -> bytes:
    from provenance.errors import TrustProfileInvalid
    from provenance.trust import read_file

    try:
        return read_file(file)
    except TrustProfileInvalid as error:
        raise type(error)(f"{file}: {error}") from error


def _entries(folder: Path) -> Sequence[Entry]:
    from provenance.trust import DOCUMENT, read_file
    from provenance.trust_document import entries_of

    return entries_of(read_file(folder / DOCUMENT))[1]


def _stated(new: NewList, content: bytes, now: datetime) -> Entry:
    from provenance.trust_document import Entry

    published = content.lstrip()[:1] == b"{"
    name = new.name or re.sub(r"[^a-z0-9]+", "-", new.file.stem.lower()).strip("-")[:64] or "list"
    digest = hashlib.sha256(content).hexdigest()
    return Entry(
        name=name,
        purpose=new.purpose,
        # With its hash in its name a new version never overwrites the one that the document still pins.
        file=f"{name}-{digest[:12]}.{'json' if published else 'pem'}",
        sha256=digest,
        date=new.date or (None if published else now.date()),
        max_age_days=new.max_age_days,
        ekus=new.ekus or None,
        legacy=new.legacy,
        source=new.source,
    )


def _check_new(profile: TrustProfile, new: NewList, stated: Entry, now: datetime, before: TrustProfile | None) -> None:
    from provenance.trust_check import in_force

    anchor, added = next(
        pair for pair in zip(profile.anchors, profile.lists, strict=True) if pair[1].name == stated.name
    )
    lapsed = [c for c in anchor.certificates() if c.not_valid_after_utc < now]
    standing = [c for c in anchor.certificates() if in_force(c, now)]
    # A published list may still name an authority that has just expired; a bundle of one's own need not.
    if not standing or (lapsed and stated.file.endswith(".pem") and not new.legacy):
        named = lapsed[0].subject.rfc4514_string()[:120] if lapsed else "every authority"
        raise ConfigurationError(
            f"{new.file}: {named} has expired or is not valid yet; take it out, or say --legacy for a frozen list"
        )
    old = before.list_at(added.uri) if before else None
    if old is not None and old.date is not None and added.date is not None and added.date < old.date:
        raise ConfigurationError(
            f"{new.file} is of {added.date}, older than the list of {old.date} in its place; get the newest one"
        )
