"""A key that never leaves AWS KMS. The only file that knows boto3, which is installed with the extra `kms`.

Credentials are found where AWS's own programs find them, and never pass through here.
Standard: AWS KMS API, Sign (ECDSA_SHA_256, ECDSA_SHA_384, ECDSA_SHA_512, RSASSA_PSS_SHA_256).
"""

from __future__ import annotations

from typing import Any, Literal

from cryptography.hazmat.primitives import hashes

from provenance.cose_signature import HASHES, certified, signing_algorithm
from provenance.errors import IdentityUnusable, KeyUnavailable
from provenance.identity import SigningIdentity, subject_of

_METHODS = {
    "es256": "ECDSA_SHA_256",
    "es384": "ECDSA_SHA_384",
    "es512": "ECDSA_SHA_512",
    "ps256": "RSASSA_PSS_SHA_256",
}
_CONNECT_LIMIT_S = 5
_ATTEMPTS = 2


def kms_identity(
    chain_pem: bytes,
    root_pem: bytes | None,
    *,
    key_id: str,
    region: str | None = None,
    endpoint: str | None = None,
    message: Literal["digest", "raw"] = "digest",
    limit_s: float = 10.0,
) -> SigningIdentity:
    """Return the identity whose key AWS KMS keeps under an id, an ARN or an alias.

    endpoint: of a service other than AWS's own. message: raw sends what is to be signed instead of its digest;
    KMS takes 4096 bytes of that, which manifests of some forty assertions exceed, but some emulators hash a digest
    once more. Nothing is asked of KMS before the first signature; `sign` raises KeyUnavailable.
    """
    name = signing_algorithm(chain_pem)
    if name not in HASHES:
        raise IdentityUnusable(f"AWS KMS is used with ECDSA or RSA keys here, not with {name}; use P-256")
    client, failures = _client(region, endpoint, limit_s)

    def sign(data: bytes) -> bytes:
        try:
            answer = client.sign(
                KeyId=key_id,
                Message=data if message == "raw" else _digest(data, name),
                MessageType=message.upper(),
                SigningAlgorithm=_METHODS[name],
            )
        except failures as error:
            raise KeyUnavailable(f"AWS KMS did not sign: {_words(error)}") from error
        return bytes(answer["Signature"])

    return SigningIdentity(subject_of(chain_pem), name, chain_pem, root_pem, certified(sign, chain_pem))


def _digest(data: bytes, name: str) -> bytes:
    digest = hashes.Hash(HASHES[name])
    digest.update(data)
    return digest.finalize()


def _client(region: str | None, endpoint: str | None, limit_s: float) -> tuple[Any, tuple[type[Exception], ...]]:
    """Return a client of KMS, and what it raises."""
    try:
        import boto3  # the packages ship no types
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise KeyUnavailable("AWS KMS needs the extra kms; run: pip install 'clearance[kms]'") from error
    limits = Config(
        connect_timeout=min(_CONNECT_LIMIT_S, limit_s), read_timeout=limit_s, retries={"total_max_attempts": _ATTEMPTS}
    )
    try:
        return boto3.client("kms", region_name=region, endpoint_url=endpoint, config=limits), (
            BotoCoreError,
            ClientError,
        )
    except (BotoCoreError, ValueError) as error:
        raise KeyUnavailable(f"AWS KMS cannot be addressed: {_words(error)}") from error


def _words(error: Exception) -> str:
    """Return what failed, without the account, role and key names that AWS puts into its messages."""
    answer: dict[str, Any] = getattr(error, "response", {})
    code = str(answer.get("Error", {}).get("Code", "")) or type(error).__name__
    known = {
        "AccessDeniedException": "the role may not use the key; allow kms:Sign",
        "DisabledException": "the key is disabled; enable it",
        "NotFoundException": "there is no such key in this region and account",
        "NoCredentialsError": "no AWS credentials were found; configure them as for AWS's own tools",
        "NoRegionError": "no region is set; name one",
        "EndpointConnectionError": "the service cannot be reached; check the network",
        "ConnectTimeoutError": "the service cannot be reached in time; check the network",
        "ReadTimeoutError": "the service did not answer in time",
        "InvalidKeyUsageException": "the key is of a kind that does not sign by the certificate's algorithm",
        "ValidationException": "the request is invalid; a raw message may have 4096 bytes",
    }
    return known.get(code, code)
