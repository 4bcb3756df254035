"""A trust profile as a file: dated lists beside it, each pinned by its SHA-256 and given for one purpose.

TOML, read strictly: an unknown key, another hash or another purpose is refused, and never passed over.

    schema = "clearance.trust-profile/2"
    name = "official"
    [[list]]
    name = "c2pa"                      # its address becomes urn:clearance:official:c2pa
    purpose = "claim"                  # claim, tsa or cawg
    file = "C2PA-TRUST-LIST.json"      # beside this document: PEM, or the JSON that C2PA publishes
    sha256 = "…"
    date = 2026-08-05                  # of a PEM bundle: when it was issued; a published list states its own
    max_age_days = 365
    ekus = ["1.3.6.1.4.1.62558.2.1"]   # of a list for claims: what a signer's certificate must be for
    legacy = false                     # true for a list that is frozen
    source = "https://…"               # where it came from; nothing is ever fetched
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from provenance.errors import TrustListChanged, TrustProfileInvalid
from provenance.trust import CLAIM_USAGES, TrustList, TrustProfile, address, profile_of, read_file
from provenance.trust_lists import PURPOSES, Purpose, read_list

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCHEMA: Final = "clearance.trust-profile/2"
PLAIN_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
"""How profiles and lists are called: a name that is never mistaken for a path."""
LEGACY_USAGES: Final = (*CLAIM_USAGES, ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string)
"""The interim list took certificates that were made for mail."""

_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SOURCE: Final = re.compile(r"[ -~]{0,300}")
_MOST_DAYS: Final = 36_500
_MOST_LISTS: Final = 32
_NEEDED: Final = {"name", "purpose", "file", "sha256"}
_PERMITTED: Final = _NEEDED | {"date", "max_age_days", "ekus", "legacy", "source"}
# Certificates for these must never sign claims, whatever a list says (see `pki.key_usage_problem`).
_NEVER: Final = frozenset(
    usage.dotted_string
    for usage in (
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One list as the document states it."""

    name: str
    purpose: Purpose
    file: str
    sha256: str
    date: date | None = None
    max_age_days: int | None = None
    ekus: tuple[str, ...] | None = None
    legacy: bool = False
    source: str = ""


def parsed(content: bytes, folder: Path) -> TrustProfile:
    """Return the profile of a document whose lists lie in folder.

    Raises TrustListChanged if a list is not the one that was pinned, TrustProfileInvalid for anything else.
    """
    name, entries = entries_of(content)
    return profile_of(name, [_listed(name, entry, read_file(folder / entry.file)) for entry in entries])


def entries_of(content: bytes) -> tuple[str, tuple[Entry, ...]]:
    """Return the name and the lists that a document states. Raises TrustProfileInvalid."""
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TrustProfileInvalid("it is not readable TOML; see provenance/README.md for the form") from error
    name, lists = document.get("name"), document.get("list")
    stray = sorted(document.keys() - {"schema", "name", "list"})
    if stray:
        raise TrustProfileInvalid(f"unknown key {stray[0][:60]!r}; permitted are schema, name and list")
    if document.get("schema") != SCHEMA or not _is(PLAIN_NAME, name) or not isinstance(lists, list) or not lists:
        raise TrustProfileInvalid(f'it needs schema = "{SCHEMA}", a name of a-z, 0-9 and -, and at least one [[list]]')
    if len(lists) > _MOST_LISTS:
        raise TrustProfileInvalid(f"it has {len(lists)} lists and may have {_MOST_LISTS}")
    return str(name), tuple(_entry(number, fields) for number, fields in enumerate(lists, 1))


def rendered(name: str, entries: Sequence[Entry]) -> str:
    """Return the document that states these lists; `entries_of` reads the same out of it."""
    lines = [f"schema = {json.dumps(SCHEMA)}", f"name = {json.dumps(name)}"]
    for entry in entries:
        lines += ["", "[[list]]"]
        for key in ("name", "purpose", "file", "sha256"):
            lines.append(f"{key} = {json.dumps(getattr(entry, key))}")
        if entry.date is not None:
            lines.append(f"date = {entry.date.isoformat()}")
        if entry.max_age_days is not None:
            lines.append(f"max_age_days = {entry.max_age_days}")
        if entry.ekus is not None:
            lines.append(f"ekus = {json.dumps(list(entry.ekus))}")
        if entry.legacy:
            lines.append("legacy = true")
        if entry.source:
            lines.append(f"source = {json.dumps(entry.source)}")
    return "\n".join(lines) + "\n"


def _entry(number: int, fields: Any) -> Entry:
    where = f"list {number}"
    if not isinstance(fields, dict):
        raise TrustProfileInvalid(f"{where}: write it as [[list]] with keys and values")
    stray, lacking = sorted(fields.keys() - _PERMITTED), sorted(_NEEDED - fields.keys())
    if stray or lacking:
        said = f"unknown key {stray[0][:60]!r}" if stray else f"the key {lacking[0]!r} is missing"
        raise TrustProfileInvalid(f"{where}: {said}; permitted are {', '.join(sorted(_PERMITTED))}")
    purpose = next((one for one in PURPOSES if one == fields["purpose"]), None)
    if purpose is None:
        raise TrustProfileInvalid(f"{where}: purpose must be one of {', '.join(PURPOSES)}")
    for key, pattern in (("name", PLAIN_NAME), ("file", _FILE), ("sha256", _SHA256), ("source", _SOURCE)):
        if not _is(pattern, fields.get(key, "")):
            raise TrustProfileInvalid(f"{where}: {key} must be text of the form {pattern.pattern}")
    day, age, legacy = fields.get("date"), fields.get("max_age_days"), fields.get("legacy", False)
    if day is not None and type(day) is not date:
        raise TrustProfileInvalid(f"{where}: date must be a day, such as date = 2026-08-05")
    if age is not None and (type(age) is not int or not 0 < age <= _MOST_DAYS):
        raise TrustProfileInvalid(f"{where}: max_age_days must be a whole number from 1 to {_MOST_DAYS}")
    if type(legacy) is not bool:
        raise TrustProfileInvalid(f"{where}: legacy must be true or false")
    return Entry(
        name=fields["name"],
        purpose=purpose,
        file=fields["file"],
        sha256=fields["sha256"],
        date=day,
        max_age_days=age,
        ekus=_usages(where, purpose, fields.get("ekus")),
        legacy=legacy,
        source=fields.get("source", ""),
    )


def _usages(where: str, purpose: Purpose, stated: Any) -> tuple[str, ...] | None:
    if stated is None:
        return None
    if purpose != "claim" or not isinstance(stated, list) or not stated:
        raise TrustProfileInvalid(f"{where}: ekus names at least one key usage, for a list of claim signers alone")
    for usage in stated:
        try:
            x509.ObjectIdentifier(usage)
        except (ValueError, TypeError) as error:
            raise TrustProfileInvalid(f"{where}: ekus must be object identifiers, such as {CLAIM_USAGES[0]}") from error
        if usage in _NEVER:
            raise TrustProfileInvalid(f"{where}: certificates for {usage} must never sign claims; leave it out")
    return tuple(dict.fromkeys(stated))


def _listed(profile: str, entry: Entry, content: bytes) -> tuple[TrustList, str]:
    found = hashlib.sha256(content).hexdigest()
    if found != entry.sha256:
        raise TrustListChanged(
            f"the list {entry.file} is not the one that was pinned: its SHA-256 begins with {found[:16]}, "
            f"the pinned one with {entry.sha256[:16]}; find out who changed it, then add it anew"
        )
    try:
        listed = read_list(content, entry.purpose)
    except TrustProfileInvalid as error:
        raise TrustProfileInvalid(f"the list {entry.file}: {error}") from error
    issued = listed.issued.date() if listed.issued else None
    if issued is not None and entry.date not in {None, issued}:
        raise TrustProfileInvalid(f"the list {entry.file} is of {issued}, not of {entry.date}; take the date out")
    day = issued or entry.date
    if day is None:
        raise TrustProfileInvalid(f"the list {entry.file} states no date of its own; give it one: date = 2026-08-05")
    default = LEGACY_USAGES if entry.legacy else CLAIM_USAGES
    return (
        TrustList(
            uri=address(profile, entry.name),
            name=entry.name,
            purpose=entry.purpose,
            sha256=found,
            date=day,
            source=entry.source,
            max_age=None if entry.max_age_days is None else timedelta(days=entry.max_age_days),
            next_update=listed.next_update.date() if listed.next_update else None,
            ekus=(entry.ekus or default) if entry.purpose == "claim" else (),
            legacy=entry.legacy,
            published=listed.official,
        ),
        listed.pem,
    )


def _is(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
