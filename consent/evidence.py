"""The document behind a grant, checked when the grant is entered: its SHA-256 and a detached signature.

Signatures are those that openssl makes over the document's bytes: Ed25519 (RFC 8032), ECDSA with
SHA-256 (FIPS 186-5), RSA with SHA-256, PKCS #1 v1.5 or PSS (RFC 8017). The public key is a PEM file.
"""

import hashlib
from collections.abc import Callable
from typing import Final, Literal, Protocol, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from consent.errors import Problem
from consent.grant import Evidence

EvidenceReader: TypeAlias = Callable[[str], bytes]
PublicKey: TypeAlias = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_PSS: Final = padding.PSS(padding.MGF1(SHA256()), padding.PSS.AUTO)


class EvidenceStatement(Protocol):
    """What a grant document says about its evidence; file, signature and public_key are names of files."""

    @property
    def file(self) -> str | None: ...
    @property
    def sha256(self) -> str | None: ...
    @property
    def signature(self) -> str | None: ...
    @property
    def public_key(self) -> str | None: ...
    @property
    def custodian(self) -> str | None: ...
    @property
    def page(self) -> str | None: ...


def evidence_from(
    stated: EvidenceStatement, reader: EvidenceReader | None
) -> tuple[Evidence | None, tuple[Problem, ...]]:
    """Return the evidence as checked, and the problems (paths from the evidence); None if there are any.

    A signature that does not verify is no problem but the answer "invalid": what was handed in is
    recorded as it is, and judged later.
    """
    if problems := _incomplete(stated):
        return None, problems
    contents: dict[str, bytes] = {}
    for field in ("file", "signature", "public_key"):
        name = getattr(stated, field)
        if name is None:
            continue
        content = _content(name, reader)
        if isinstance(content, bytes):
            contents[field] = content
        else:
            problems += (Problem((field,), content),)
    if problems:
        return None, problems
    digest, document = stated.sha256, contents.get("file")
    if document is not None:
        found = hashlib.sha256(document).hexdigest()
        if digest not in (None, found):
            message = f"the file has another digest, {found}; give the document that was signed"
            return None, (Problem(("sha256",), message),)
        digest = found
    signature: Literal["valid", "invalid"] | None = None
    if document is not None and "signature" in contents:
        key = public_key(contents["public_key"])
        if key is None:
            message = "no Ed25519, ECDSA or RSA public key in PEM form; export it with openssl pkey -pubout"
            return None, (Problem(("public_key",), message),)
        signature = signature_verdict(document, contents["signature"], key)
    if digest is None:
        raise AssertionError("evidence without a file and without a digest is a problem found above")
    evidence = Evidence(
        sha256=digest,
        hash_verified=document is not None,
        signature=signature,
        custodian=stated.custodian,
        page=stated.page,
    )
    return evidence, ()


def public_key(pem: bytes) -> PublicKey | None:
    """Return the public key of a PEM file, or None when it holds none of a kind that we verify."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    kinds = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
    return key if isinstance(key, kinds) else None


def signature_verdict(document: bytes, signature: bytes, key: PublicKey) -> Literal["valid", "invalid"]:
    """Return whether signature was made over exactly this document by the owner of key."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        attempts: tuple[Callable[[], None], ...] = (lambda: key.verify(signature, document),)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        attempts = (lambda: key.verify(signature, document, ec.ECDSA(SHA256())),)
    else:
        attempts = (
            lambda: key.verify(signature, document, padding.PKCS1v15(), SHA256()),
            lambda: key.verify(signature, document, _PSS, SHA256()),
        )
    return "valid" if any(map(_verifies, attempts)) else "invalid"


def _verifies(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    # ValueError: a key too short for the scheme.
    except (InvalidSignature, ValueError):
        return False
    return True


def _incomplete(stated: EvidenceStatement) -> tuple[Problem, ...]:
    problems = []
    if stated.file is None and stated.sha256 is None:
        problems.append(Problem((), "says neither file nor sha256; give at least one of the two"))
    if (stated.signature is None) != (stated.public_key is None):
        problems.append(Problem((), "signature and public_key belong together; give both or neither"))
    if stated.signature is not None and stated.file is None:
        problems.append(Problem(("signature",), "cannot be checked without the document; give its file"))
    return tuple(problems)


def _content(name: str, reader: EvidenceReader | None) -> bytes | str:
    """Return the bytes of a file, or a sentence that says why there are none."""
    if reader is None:
        return "files cannot be read here; give the sha256 of the document"
    try:
        return reader(name)
    except OSError as error:
        return f"{name!r} cannot be read ({error.strerror or type(error).__name__}); check the path"
    except ValueError:
        return f"{name!r} is no usable file name; check the path"
