"""A studio's own authority as a folder, and the folders of signers that it issues.

An authority's folder holds `root.pem`, `issuing.pem` and their two keys, encrypted. A signer's folder is an identity
(`identity.load_identity`), without its key where that is elsewhere and only a request was given.
Standard: RFC 5280, RFC 2986, RFC 5208 with PBES2 (RFC 8018) for the keys; C2PA Technical Specification 2.x, 14.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from provenance.errors import IdentityUnusable
from provenance.identity import (
    CHAIN_FILE,
    KEY_FILE,
    ROOT_FILE,
    certificates_pem,
    content_of,
    key_pem,
    private_key,
    write_folder,
)
from provenance.issuing import issued, new_authorities, request, requested_key
from provenance.pki import parsed_chain

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes

    from provenance.identity import Passphrase
    from provenance.pki import Purpose

ISSUING_FILE = "issuing.pem"
ISSUING_KEY_FILE = "issuing.key.pem"
ROOT_KEY_FILE = "root.key.pem"
REQUEST_FILE = "request.pem"


def create_authority(folder: Path, organisation: str, *, passphrase: bytes, now: dt.datetime) -> None:
    """Write a new root and issuing authority into a folder that does not exist or is empty: all or nothing.

    The root's key is needed only to make another issuing authority: move it to a place that is not on the network.
    Raises IdentityUnusable for an empty passphrase, a name no certificate can carry, or a folder that is taken.
    """
    if not passphrase:
        raise IdentityUnusable("the passphrase is empty; an authority's keys are encrypted, always")
    made = new_authorities(organisation, now=now)
    write_folder(
        folder,
        {
            ROOT_FILE: certificates_pem(made.root),
            ROOT_KEY_FILE: key_pem(made.root_key, passphrase),
            ISSUING_FILE: certificates_pem(made.issuing),
            ISSUING_KEY_FILE: key_pem(made.issuing_key, passphrase),
        },
    )


def issue(
    authority: Path,
    folder: Path,
    name: str,
    *,
    purpose: Purpose,
    passphrase: Passphrase,
    life: dt.timedelta,
    now: dt.datetime,
    asked: Path | None = None,
    key_passphrase: bytes | None = None,
) -> bytes:
    """Return the chain, in PEM, of a new signer or time-stamper, written to a folder with its root.

    asked: a certificate request or public key in PEM, for a key kept elsewhere; else a P-256 key is made, encrypted
    with key_passphrase, plain if that is None. life: of the certificate, cut to its issuer's. passphrase: asked for
    the authority's. Raises IdentityUnusable naming what cannot be used, KeyUnavailable for a wrong passphrase.
    """
    issuer = parsed_chain(content_of(authority / ISSUING_FILE))[0]
    root_pem = content_of(authority / ROOT_FILE)
    wanted = None if asked is None else _key_in(asked)
    issuer_key = private_key(authority / ISSUING_KEY_FILE, passphrase)
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
        raise IdentityUnusable(f"{authority / ISSUING_KEY_FILE} is of another kind than this program makes")
    own = ec.generate_private_key(ec.SECP256R1())
    leaf = issued(
        own.public_key() if wanted is None else wanted, name, issuer, issuer_key, purpose=purpose, now=now, life=life
    )
    chain = certificates_pem(leaf, issuer)
    content = {CHAIN_FILE: chain, ROOT_FILE: root_pem}
    if wanted is None:
        content[KEY_FILE] = key_pem(own, key_passphrase)
    write_folder(folder, content)
    return chain


def create_request(folder: Path, organisation: str, name: str, *, passphrase: bytes | None) -> None:
    """Write a new P-256 key, encrypted if there is a passphrase, and the request for its certificate to a folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    write_folder(folder, {KEY_FILE: key_pem(key, passphrase), REQUEST_FILE: request(key, organisation, name)})


def _key_in(asked: Path) -> CertificateIssuerPublicKeyTypes:
    content = content_of(asked)
    try:
        return requested_key(content)
    except IdentityUnusable as error:
        raise IdentityUnusable(f"{asked}: {error}") from error
