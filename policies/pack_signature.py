"""The signature of a rule pack: an envelope beside its files, over the listing of their digests.

`pack.dsse.json` is a DSSE envelope (`dsse`) whose payload is what `sha256sum *.yaml` prints in the pack's folder.
Whoever trusts the key needs no tool of ours: `openssl pkeyutl -verify -rawin` over the envelope's encoding, then
`sha256sum --check` over the payload.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from policies import dsse
from policies.document import file_content
from policies.errors import DocumentUnreadable, EnvelopeInvalid, PackRefused
from policies.pack_files import pack_files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from policies.dsse import VerifyingKey

NAME: Final = "pack.dsse.json"
PAYLOAD_TYPE: Final = "application/vnd.clearance.pack.sha256sum"


def signature_path(path: Path) -> Path:
    """Return where the signature of the pack in a folder or a file lies: in the folder, or beside the file."""
    return path / NAME if path.is_dir() else path.with_name(f"{path.name}.dsse.json")


def sign_pack(path: Path, key_pem: bytes) -> tuple[Path, str]:
    """Write the pack's signature beside its files; return its path and the key's fingerprint.

    A signature that is there already is replaced. Raises EnvelopeInvalid if the key is no signing key.
    """
    key = dsse.signing_key(key_pem)
    envelope = dsse.sign(PAYLOAD_TYPE, pack_files(path).listing.encode("utf-8"), key)
    target = signature_path(path)
    target.write_text(envelope.to_json() + "\n", encoding="utf-8")
    return target, dsse.fingerprint(key.public_key())


def signer_of(path: Path, sha256: str, keys: Iterable[VerifyingKey]) -> str | None:
    """Return the fingerprint of the first of the keys that signed the pack; None if the pack has no signature.

    sha256: the digest of the pack as it was loaded, so that what was signed is what is used.

    Raises PackRefused for a signature over other files, of another type, unreadable, or by none of the keys.
    """
    place = signature_path(path)
    if not place.is_file():
        return None
    try:
        envelope = dsse.parse(file_content(place, str(place), dsse.LIMIT_BYTES))
    except (EnvelopeInvalid, DocumentUnreadable) as error:
        raise PackRefused(str(path), f"its signature {place.name} {error}; sign the pack again") from error
    if envelope.payload_type != PAYLOAD_TYPE:
        raise PackRefused(str(path), f"{place.name} signs something else than a rule pack; sign the pack again")
    if hashlib.sha256(envelope.payload).hexdigest() != sha256:
        raise PackRefused(
            str(path), "it was changed after it was signed; have the change looked at, then sign the pack again"
        )
    for key in keys:
        if envelope.signed_by(key):
            return dsse.fingerprint(key)
    raise PackRefused(str(path), "it is signed by a key that is not trusted here; add the key, or ask who signed it")


def trusted_keys(folder: Path) -> tuple[VerifyingKey, ...]:
    """Return the public keys in a folder's *.pem files, in the order of their names; none if there is no folder.

    Raises PackRefused for a file that holds no public key: a key left out by mistake must not pass unseen.
    """
    if not folder.is_dir():
        return ()
    found = []
    for file in sorted(folder.glob("*.pem")):
        try:
            key = load_pem_public_key(file_content(file, str(file)))
            der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            found.append(dsse.verifying_key(der))
        except (ValueError, UnsupportedAlgorithm, EnvelopeInvalid, DocumentUnreadable) as error:
            raise PackRefused(
                str(file), 'it holds no public key that is read here; write one with "openssl pkey -pubout"'
            ) from error
    return tuple(found)
