"""Whom an auditor trusts: authorities for claims, for time-stamps and for organisations, kept apart.

A profile is a PEM file (authorities for claims), a folder of `claim.pem`, `tsa.pem` and `cawg.pem`, or JSON:
{"schema": "clearance.trust-profile/1", "name": …,
 "anchors": [{"uri": …, "kind": "claim" | "tsa" | "cawg", "pem": …}]}.
Standard: C2PA Technical Specification 2.x, chapter 14 (trust lists); CAWG Identity Assertion 1.1.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from provenance.errors import TrustProfileInvalid
from provenance.json_shapes import Json, mapping, sequence, text
from provenance.pki import MALFORMED, looked_through

if TYPE_CHECKING:
    from pathlib import Path

Kind = Literal["claim", "tsa", "cawg"]
SCHEMA = "clearance.trust-profile/1"
_KINDS: tuple[Kind, ...] = get_args(Kind)
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
        return tuple(x509.load_pem_x509_certificates(self.pem.encode()))


@dataclass(frozen=True, slots=True)
class TrustProfile:
    """A named set of lists; `sha256` stands for which certificates are trusted for what, in whatever file."""

    name: str
    anchors: tuple[TrustAnchor, ...]
    sha256: str

    def uris(self, kind: Kind) -> tuple[str, ...]:
        """Return the addresses of the lists of one kind."""
        return tuple(anchor.uri for anchor in self.anchors if anchor.kind == kind)

    def certificates(self, kind: Kind) -> tuple[x509.Certificate, ...]:
        """Return the authorities trusted for one kind of signature."""
        return tuple(c for anchor in self.anchors if anchor.kind == kind for c in anchor.certificates())


def profile_from_pem(
    name: str, pem_bytes: bytes, *, tsa_pem: bytes | None = None, cawg_pem: bytes | None = None
) -> TrustProfile:
    """Return a profile that trusts these authorities for claims, and others for time and organisations.

    Text between certificates is ignored. Raises TrustProfileInvalid.
    """
    given: tuple[tuple[Kind, bytes | None], ...] = (
        ("claim", pem_bytes),
        ("tsa", tsa_pem),
        ("cawg", cawg_pem),
    )
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "profile"
    return _profile(
        name, [_anchor(f"urn:clearance:{slug}:{kind}", kind, pem) for kind, pem in given if pem is not None]
    )


def load(path: Path) -> TrustProfile:
    """Return the profile in a PEM file, a JSON file or a folder. Raises TrustProfileInvalid."""
    try:
        if path.is_dir():
            return _from_folder(path)
        content = _content(path)
        if content.lstrip()[:1] == b"{":
            return _from_json(content)
        return profile_from_pem(path.stem, content)
    except TrustProfileInvalid as error:
        raise TrustProfileInvalid(f"trust profile {path}: {error}") from error


def _from_folder(folder: Path) -> TrustProfile:
    found = {entry.name: entry for entry in sorted(folder.glob("*.pem"))}
    if "claim.pem" not in found:
        raise TrustProfileInvalid("the folder has no claim.pem; put the authorities of claim signers there")
    # A misspelt tsa.pem must not pass for a profile without time-stamp authorities.
    stray = sorted(found.keys() - {f"{kind}.pem" for kind in _KINDS})
    if stray:
        raise TrustProfileInvalid(f"{stray[0]} is of no known kind; name it claim.pem, tsa.pem or cawg.pem")
    pems = {kind: _content(found[f"{kind}.pem"]) for kind in _KINDS if f"{kind}.pem" in found}
    return profile_from_pem(folder.name, pems["claim"], tsa_pem=pems.get("tsa"), cawg_pem=pems.get("cawg"))


def _from_json(content: bytes) -> TrustProfile:
    try:
        document: Json = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise TrustProfileInvalid("it is not readable JSON; write it anew") from error
    fields = mapping(document)
    name, anchors = text(fields.get("name")), sequence(fields.get("anchors"))
    if fields.keys() != {"schema", "name", "anchors"} or fields["schema"] != SCHEMA or not name:
        raise TrustProfileInvalid(f'it needs exactly "schema": "{SCHEMA}", "name" and "anchors"')
    parsed = []
    for entry in map(mapping, anchors):
        uri, kind, pem = text(entry.get("uri")), text(entry.get("kind")), text(entry.get("pem"))
        known = next((one for one in _KINDS if one == kind), None)
        if entry.keys() != {"uri", "kind", "pem"} or uri is None or known is None or pem is None:
            raise TrustProfileInvalid('each anchor needs exactly "uri", "kind" (claim, tsa or cawg) and "pem"')
        parsed.append(_anchor(uri, known, pem.encode("utf-8", "replace")))
    return _profile(name, parsed)


def _anchor(uri: str, kind: Kind, pem: bytes) -> TrustAnchor:
    if not _URI.fullmatch(uri):
        raise TrustProfileInvalid(f"{uri!r} is no plain address; use something like urn:studio:claim")
    if b"PRIVATE KEY" in pem:
        raise TrustProfileInvalid("it holds a private key; take that out, and replace the key if others could see it")
    try:
        certificates = [looked_through(found) for found in x509.load_pem_x509_certificates(pem)]
        for certificate in certificates:
            if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
                raise TrustProfileInvalid(
                    "a certificate in it is no authority; list roots or intermediates, not signers"
                )
    except MALFORMED as error:
        raise TrustProfileInvalid(
            f"the {kind} list holds no certificate, or one that is no readable authority"
        ) from error
    return TrustAnchor(uri, kind, "".join(c.public_bytes(Encoding.PEM).decode() for c in certificates))


def _profile(name: str, anchors: list[TrustAnchor]) -> TrustProfile:
    if not any(anchor.kind == "claim" for anchor in anchors):
        raise TrustProfileInvalid("it trusts no authority for claim signers; add an anchor of kind claim")
    if len({anchor.uri for anchor in anchors}) != len(anchors):
        raise TrustProfileInvalid("two lists share one address; give each its own")
    listed = sorted(
        [
            anchor.kind,
            anchor.uri,
            sorted(hashlib.sha256(c.public_bytes(Encoding.DER)).hexdigest() for c in anchor.certificates()),
        ]
        for anchor in anchors
    )
    digest = hashlib.sha256(json.dumps(listed, separators=(",", ":")).encode()).hexdigest()
    return TrustProfile(name, tuple(anchors), digest)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_MOST_BYTES)
    except (OSError, ValueError) as error:
        raise TrustProfileInvalid("the file cannot be read; check the path and its permissions") from error
