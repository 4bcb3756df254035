"""A key that never leaves a PKCS#11 token: a hardware security module, a smart card, SoftHSM2.

The only file that knows python-pkcs11, which is installed with the extra `pkcs11`.
Standard: OASIS PKCS #11 2.40 and 3.0 (CKM_ECDSA, CKM_SHA256_RSA_PKCS_PSS).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes

from provenance.cose_signature import HASHES, PSS_SALT_BYTES, certified, signing_algorithm
from provenance.errors import IdentityUnusable, KeyUnavailable
from provenance.identity import SigningIdentity, subject_of

if TYPE_CHECKING:
    from types import ModuleType


def pkcs11_identity(
    chain_pem: bytes, root_pem: bytes | None, *, module: str, token: str, label: str, pin: str
) -> SigningIdentity:
    """Return the identity whose key has this label in this token.

    module: path of the token's PKCS#11 library. Each signature opens a session of its own and closes it: a token
    that was taken out and put back goes on working. Nothing is asked of the token before the first signature.
    Raises IdentityUnusable for Ed25519, which few tokens have; its `sign` raises KeyUnavailable.
    """
    name = signing_algorithm(chain_pem)
    if name not in HASHES:
        raise IdentityUnusable(f"a PKCS#11 key is used with ECDSA or RSA here, not with {name}; use P-256")
    library = _library()

    def sign(data: bytes) -> bytes:
        try:
            return _signature(library, data, name, module=module, token=token, label=label, pin=pin)
        except library.exceptions.PKCS11Error as error:
            raise KeyUnavailable(f"PKCS#11 token {token!r}, key {label!r}: {_words(library, error)}") from error

    return SigningIdentity(subject_of(chain_pem), name, chain_pem, root_pem, certified(sign, chain_pem))


def _library() -> ModuleType:
    try:
        import pkcs11
        import pkcs11.exceptions
    except ImportError as error:
        raise KeyUnavailable("PKCS#11 needs the extra pkcs11; run: pip install 'clearance[pkcs11]'") from error
    return pkcs11


def _signature(library: Any, data: bytes, name: str, *, module: str, token: str, label: str, pin: str) -> bytes:
    try:
        loaded = library.lib(module)
    except (RuntimeError, OSError, library.exceptions.PKCS11Error) as error:
        raise KeyUnavailable(f"the PKCS#11 library {module} cannot be loaded; check its path") from error
    slot = loaded.get_token(token_label=token)
    with slot.open(user_pin=pin) as session:
        key = session.get_key(object_class=library.ObjectClass.PRIVATE_KEY, label=label)
        if name == "ps256":
            parameters = (library.Mechanism.SHA256, library.MGF.SHA256, PSS_SALT_BYTES)
            mechanism = library.Mechanism.SHA256_RSA_PKCS_PSS
            return bytes(key.sign(data, mechanism=mechanism, mechanism_param=parameters))
        digest = hashes.Hash(HASHES[name])
        digest.update(data)
        return bytes(key.sign(digest.finalize(), mechanism=library.Mechanism.ECDSA))


def _words(library: Any, error: Exception) -> str:
    faults = library.exceptions
    for kinds, words in (
        ((faults.PinIncorrect, faults.PinInvalid, faults.PinLenRange), "the PIN is wrong; mind that tokens lock"),
        ((faults.PinLocked,), "the PIN is locked; have the security officer unlock it"),
        ((faults.NoSuchToken, faults.TokenNotPresent), "there is no such token; check that it is plugged in"),
        ((faults.NoSuchKey,), "the token has no such private key; check the label"),
        ((faults.MultipleObjectsReturned,), "the token has several keys of that label; give each its own"),
        ((faults.MechanismInvalid, faults.MechanismParamInvalid), "the token cannot sign by the algorithm"),
    ):
        if isinstance(error, kinds):
            return words
    return f"the token refuses ({type(error).__name__}); see its own documentation"
