"""Who signed each manifest of a store, by the certificates in its signature, and whom to ask whether they still stand.

Standard: RFC 5280, sections 4.1.2 (names and serial numbers) and 4.2.2.1 (authority information access).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from provenance import cose, jumbf, pki
from provenance.errors import UnreadableManifest
from provenance.json_shapes import Json, mapping, text
from provenance.reading import SignerIdentity

if TYPE_CHECKING:
    from collections.abc import Mapping

# Nothing else is a plain host; above all no pattern that would allow more than one.
_PATH = re.compile(r"[A-Za-z0-9._~/%-]{0,200}")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


def certificates(store: bytes, manifest: Mapping[str, Json] | None) -> tuple[x509.Certificate, ...]:
    """Return the certificates in a manifest's signature; none if unreadable, or if the engine saw another."""
    if manifest is None:
        return ()
    try:
        found = cose.certificates(jumbf.signature(store, text(manifest.get("label")) or ""))
    except UnreadableManifest:
        return ()
    seen = text(mapping(mapping(manifest.get("signature")).get("certificateInfo")).get("serialNumber"))
    return found if seen is not None and seen.lower().lstrip("0") == f"{found[0].serial_number:x}" else ()


def signer(chain: tuple[x509.Certificate, ...]) -> SignerIdentity | None:
    """Return whom the signing certificate names, None if there is none to read."""
    if not chain:
        return None
    leaf = chain[0]

    def part(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
        return next((str(attribute.value) for attribute in name.get_attributes_for_oid(oid)), None)

    return SignerIdentity(
        subject=part(leaf.subject, NameOID.COMMON_NAME),
        organisation=part(leaf.subject, NameOID.ORGANIZATION_NAME),
        issuer=part(leaf.issuer, NameOID.COMMON_NAME) or part(leaf.issuer, NameOID.ORGANIZATION_NAME),
        serial=f"{leaf.serial_number:x}",
        sha256=leaf.fingerprint(hashes.SHA256()).hex(),
    )


def responder(chain: tuple[x509.Certificate, ...]) -> str | None:
    """Return the address that the signer's certificate names for questions about revocation, or None.

    Only what a plain host can be asked at: no name and password, no query, nothing that a line could be broken with.
    """
    if not chain:
        return None
    try:
        access = chain[0].extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, *pki.MALFORMED):
        return None
    for description in access:
        if description.access_method == AuthorityInformationAccessOID.OCSP:
            address = description.access_location.value
            try:
                parts = urlsplit(address if isinstance(address, str) else "")
                port = f":{parts.port}" if parts.port else ""
            except ValueError:
                continue
            plain = parts.hostname and _HOST.fullmatch(parts.hostname) and _PATH.fullmatch(parts.path)
            if parts.scheme in {"http", "https"} and plain:
                return f"{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}"
    return None
