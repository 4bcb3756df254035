"""The signed record: a DSSE envelope with a statement about the media and about every file of the report.

`openssl` alone can check it (README.md, "A signed report"). The signer's chain lies beside the envelope and is itself
among the files that the statement names.
Standards: in-toto Attestation Framework, Statement v1; DSSE v1.0.0.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from policies.dsse import Envelope, Signature, fingerprint, pae, verifying_key
from provenance.pki import parsed_chain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clearance.report.signatory import Signatory

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "urn:clearance:audit:v1"
# The digest of numbered files is one over their digests (`detectors.sequence`): no sha256sum of a file gives it.
_OF_SEQUENCE: Final = "clearanceSequenceSha256"


def statement_of(document: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """Return the statement about an audit: what it is about, by digest, and the whole audit document.

    files: the SHA-256 of each file of the report by its name there. A medium that could not be read has no digest and
    is named in the document alone.
    """
    media = [
        {"name": asset["path"], "digest": {_digest_name(asset): asset["sha256"]}}
        for asset in document["assets"]
        if asset["sha256"]
    ]
    return {
        "_type": STATEMENT_TYPE,
        "subject": [*media, *({"name": name, "digest": {"sha256": digest}} for name, digest in sorted(files.items()))],
        "predicateType": PREDICATE_TYPE,
        "predicate": dict(document),
    }


def signed_record(document: Mapping[str, Any], files: Mapping[str, str], signatory: Signatory) -> str:
    """Return the envelope, as JSON, of the statement about an audit; the keyid is the fingerprint of the key.

    Raises KeyUnavailable if the key cannot be used now.
    """
    payload = json.dumps(statement_of(document, files), indent=2, ensure_ascii=False).encode()
    signature = Signature(_keyid(signatory), signatory.sign(pae(PAYLOAD_TYPE, payload)))
    return Envelope(PAYLOAD_TYPE, payload, (signature,)).to_json() + "\n"


def _digest_name(asset: Mapping[str, Any]) -> str:
    return _OF_SEQUENCE if asset["media"]["kind"] == "sequence" else "sha256"


def _keyid(signatory: Signatory) -> str:
    key = parsed_chain(signatory.chain_pem)[0].public_key()
    return fingerprint(verifying_key(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)))
