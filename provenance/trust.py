"""Whom an auditor trusts: lists of authorities for claims, for time-stamps and for organisations, kept apart.

A profile is a PEM file (authorities for claims), a folder of `claim.pem`, `tsa.pem` and `cawg.pem`, a document that
pins dated lists (`trust_document`), or JSON:
{"schema": "clearance.trust-profile/1", "name": …,
 "anchors": [{"uri": …, "kind": "claim" | "tsa" | "cawg", "pem": …}]}.
Standard: C2PA Technical Specification 2.x, chapter 14 (trust lists); CAWG Identity Assertion 1.1.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from provenance import pki
from provenance.errors import TrustProfileInvalid
from provenance.json_shapes import Json, mapping, sequence, text
from provenance.trust_lists import PURPOSES, Purpose, authorities, is_published

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence
    from pathlib import Path

Kind = Purpose
Origin = Literal["official", "legacy", "studio", "other"]
"""Whose list it is: one that C2PA publishes, a frozen one, one's own, or certificates of which nothing is said."""
SCHEMA = "clearance.trust-profile/1"
DOCUMENT = "profile.toml"
"""Name of the document in a folder that holds a profile with its lists."""
CLAIM_USAGES = (pki.CLAIM_SIGNING.dotted_string, pki.DOCUMENT_SIGNING.dotted_string)
"""What a claim signer's certificate must be for, unless its list says otherwise."""
# The engine repeats these addresses inside sentences, where nothing else may be mistaken for one.
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[A-Za-z0-9._~:/?#@%=&+-]{1,200}")
_MOST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class TrustAnchor:
    """One list of authorities, trusted for one kind of signature. `pem` holds certificates only."""

    uri: str
    kind: Kind
    pem: str

    def certificates(self) -> tuple[x509.Certificate, ...]:
        """Return the authorities of this list."""
        return _parsed(self.pem)


@dataclass(frozen=True, slots=True)
class TrustList:
    """What is known about one list: where it comes from, of what day it is, and how long it counts as current."""

    uri: str
    name: str
    purpose: Purpose
    sha256: str
    """Of the file that the list came in."""
    date: dt.date | None = None
    source: str = ""
    max_age: dt.timedelta | None = None
    next_update: dt.date | None = None
    ekus: tuple[str, ...] = CLAIM_USAGES
    """Extended key usages of which a claim signer under this list must have one (dotted)."""
    legacy: bool = False
    """True for a list that is frozen: what it vouches for still counts, and is said to be of that list."""
    published: bool = False
    """True for a list in the form, and under the name, of those that C2PA publishes."""

    @property
    def origin(self) -> Origin:
        """Return whose list it is, as far as the list and whoever took it into a profile say."""
        if self.legacy:
            return "legacy"
        if self.published:
            return "official"
        # Only a profile that pins a list knows of what day it is; a development root is nothing but a certificate.
        return "studio" if self.date is not None else "other"

    def stale(self, now: dt.datetime | None) -> str | None:
        """Return in words why the list no longer counts as current, None if it does. None for now: unknown time."""
        if now is None:
            return "the time is not known" if self.max_age or self.next_update else None
        today = now.date()
        if self.next_update is not None and today > self.next_update:
            return f"a newer list was due on {self.next_update}"
        if self.date is not None and self.max_age is not None and today - self.date > self.max_age:
            return f"it is older than its limit of {self.max_age.days} days"
        return None

    def described(self, now: dt.datetime | None) -> str:
        """Return the list's address, its date, and what speaks against it."""
        stale = self.stale(now)
        return (
            f"{self.uri}, a {'frozen (legacy) ' if self.legacy else ''}list "
            f"{f'of {self.date}' if self.date else 'without a date'}{f', STALE: {stale}' if stale else ''}"
        )


@dataclass(frozen=True, slots=True)
class TrustProfile:
    """A named set of lists; `sha256` stands for which certificates are trusted for what, in whatever file."""

    name: str
    anchors: tuple[TrustAnchor, ...]
    sha256: str
    lists: tuple[TrustList, ...] = ()
    """What is known about each anchor, in the same order."""

    def uris(self, kind: Kind | None = None) -> tuple[str, ...]:
        """Return the addresses of the lists of one kind, or of all."""
        return tuple(anchor.uri for anchor in self.anchors if kind in {None, anchor.kind})

    def certificates(self, kind: Kind) -> tuple[x509.Certificate, ...]:
        """Return the authorities trusted for one kind of signature."""
        return tuple(c for anchor in self.anchors if anchor.kind == kind for c in anchor.certificates())

    def list_at(self, uri: str | None) -> TrustList | None:
        """Return what is known about the list at an address."""
        return next((one for one in self.lists if one.uri == uri), None)

    def paired(self, kind: Kind) -> tuple[tuple[TrustAnchor, TrustList], ...]:
        """Return the lists of one kind, each with its authorities."""
        return tuple(pair for pair in zip(self.anchors, self.lists, strict=True) if pair[0].kind == kind)

    @property
    def ekus(self) -> tuple[str, ...]:
        """Every extended key usage that some list for claims allows."""
        return tuple(dict.fromkeys(usage for one in self.lists if one.purpose == "claim" for usage in one.ekus))

    @property
    def max_age(self) -> dt.timedelta | None:
        """The smallest age limit of its lists, None if none has one."""
        return min((one.max_age for one in self.lists if one.max_age is not None), default=None)

    def stale(self, now: dt.datetime) -> tuple[tuple[TrustList, str], ...]:
        """Return the lists that no longer count as current, each with the reason in words."""
        return tuple((one, why) for one in self.lists if (why := one.stale(now)) is not None)


def profile_from_pem(
    name: str, pem_bytes: bytes, *, tsa_pem: bytes | None = None, cawg_pem: bytes | None = None
) -> TrustProfile:
    """Return a profile that trusts these authorities for claims, and others for time and organisations.

    Text between certificates is ignored. Raises TrustProfileInvalid.
    """
    given: tuple[tuple[Kind, bytes | None], ...] = (("claim", pem_bytes), ("tsa", tsa_pem), ("cawg", cawg_pem))
    return profile_of(
        name,
        [
            (plain_list(address(name, kind), kind, pem), authorities(pem, kind))
            for kind, pem in given
            if pem is not None
        ],
    )


def load(path: Path) -> TrustProfile:
    """Return the profile in a PEM file, a document, a JSON file or a folder. Raises TrustProfileInvalid."""
    try:
        if path.is_dir():
            if not (path / DOCUMENT).exists():
                return _from_folder(path)
            path = path / DOCUMENT
        content = read_file(path)
        if path.suffix == ".toml":
            from provenance import trust_document

            return trust_document.parsed(content, path.parent)
        if content.lstrip()[:1] == b"{":
            return _from_json(content)
        return profile_from_pem(path.stem, content)
    except TrustProfileInvalid as error:
        raise type(error)(f"trust profile {path}: {error}") from error


def composed(profiles: Sequence[TrustProfile]) -> TrustProfile:
    """Return one profile that trusts what each of several trusts. Raises TrustProfileInvalid if two are one."""
    if len(profiles) == 1:
        return profiles[0]
    pairs = [(one, anchor.pem) for each in profiles for anchor, one in zip(each.anchors, each.lists, strict=True)]
    return profile_of(" + ".join(profile.name for profile in profiles), pairs)


def profile_of(name: str, lists: Iterable[tuple[TrustList, str]]) -> TrustProfile:
    """Return the profile of lists and their authorities as PEM. Raises TrustProfileInvalid."""
    pairs = list(lists)
    if not any(one.purpose == "claim" for one, _ in pairs):
        raise TrustProfileInvalid("it trusts no authority for claim signers; add a list of kind claim")
    if len({one.uri for one, _ in pairs}) != len(pairs):
        raise TrustProfileInvalid("two lists share one address; give each its own")
    anchors = tuple(TrustAnchor(one.uri, one.purpose, pem) for one, pem in pairs)
    listed = sorted(
        [
            one.purpose,
            one.uri,
            sorted(hashlib.sha256(c.public_bytes(Encoding.DER)).hexdigest() for c in anchor.certificates()),
            *([list(one.ekus)] if one.purpose == "claim" and one.ekus != CLAIM_USAGES else []),
        ]
        for (one, _), anchor in zip(pairs, anchors, strict=True)
    )
    digest = hashlib.sha256(json.dumps(listed, separators=(",", ":")).encode()).hexdigest()
    return TrustProfile(name, anchors, digest, tuple(one for one, _ in pairs))


def address(profile: str, name: str) -> str:
    """Return the address of a list that has none of its own."""
    profile, name = (re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") or "profile" for part in (profile, name))
    return f"urn:clearance:{profile}:{name}"


def plain_list(uri: str, kind: Kind, content: bytes) -> TrustList:
    """Return what is known about a list that is nothing but certificates."""
    return TrustList(uri, uri.rsplit(":", 1)[-1], kind, hashlib.sha256(content).hexdigest())


def read_file(path: Path) -> bytes:
    """Return the content of a file of trust. Raises TrustProfileInvalid, also where it is too large for one."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise TrustProfileInvalid("the file cannot be read; check the path and its permissions") from error
    if len(content) > _MOST_BYTES:
        raise TrustProfileInvalid(f"it is larger than {_MOST_BYTES >> 20} MiB; it is no list of authorities")
    return content


def _from_folder(folder: Path) -> TrustProfile:
    found = {entry.name: entry for entry in sorted(folder.glob("*.pem"))}
    if "claim.pem" not in found:
        raise TrustProfileInvalid("the folder has no claim.pem; put the authorities of claim signers there")
    # A misspelt tsa.pem must not pass for a profile without time-stamp authorities.
    stray = sorted(found.keys() - {f"{kind}.pem" for kind in PURPOSES})
    if stray:
        raise TrustProfileInvalid(f"{stray[0]} is of no known kind; name it claim.pem, tsa.pem or cawg.pem")
    pems = {kind: read_file(found[f"{kind}.pem"]) for kind in PURPOSES if f"{kind}.pem" in found}
    return profile_from_pem(folder.name, pems["claim"], tsa_pem=pems.get("tsa"), cawg_pem=pems.get("cawg"))


def _from_json(content: bytes) -> TrustProfile:
    try:
        document: Json = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise TrustProfileInvalid("it is not readable JSON; write it anew") from error
    if is_published(document):
        raise TrustProfileInvalid(
            'it is a list, and no profile says for what it counts; add it: "clearance provenance trust add"'
        )
    fields = mapping(document)
    name, anchors = text(fields.get("name")), sequence(fields.get("anchors"))
    if fields.keys() != {"schema", "name", "anchors"} or fields["schema"] != SCHEMA or not name:
        raise TrustProfileInvalid(f'it needs exactly "schema": "{SCHEMA}", "name" and "anchors"')
    parsed = []
    for entry in map(mapping, anchors):
        uri, kind, pem = text(entry.get("uri")), text(entry.get("kind")), text(entry.get("pem"))
        known = next((one for one in PURPOSES if one == kind), None)
        if entry.keys() != {"uri", "kind", "pem"} or uri is None or known is None or pem is None:
            raise TrustProfileInvalid('each anchor needs exactly "uri", "kind" (claim, tsa or cawg) and "pem"')
        if not _URI.fullmatch(uri):
            raise TrustProfileInvalid(f"{uri!r} is no plain address; use something like urn:studio:claim")
        encoded = pem.encode("utf-8", "replace")
        parsed.append((plain_list(uri, known, encoded), authorities(encoded, known)))
    return profile_of(name, parsed)


@lru_cache(maxsize=64)
def _parsed(pem: str) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(pem.encode()))
