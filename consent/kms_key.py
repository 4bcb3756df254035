"""A root key in AWS KMS: it never leaves the service, which is asked once per start.

The encryption context binds the registry's id and what is wrapped, and appears in the service's own log. The one
file that knows boto3 (extra [kms]), and the one place of this room that reaches the network: only where the setting
kms_key names a key. Source: AWS KMS API, Encrypt and Decrypt; credentials come from boto3's usual places.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Final

from consent.errors import KeyRefused, KeyUnreachable

_REFUSED: Final = ("AccessDeniedException", "NotFoundException", "DisabledException", "KMSInvalidStateException")
_OTHER_BYTES: Final = ("InvalidCiphertextException", "IncorrectKeyException")


@dataclass(frozen=True, slots=True)
class KmsPlace:
    """Which key: its id, ARN or alias, and its region ("" for the one that boto3 is set to)."""

    key: str
    region: str
    registry_id: str


class KmsKey:
    """A key provider whose key is one of AWS KMS."""

    name: Final = "kms"

    def __init__(self, place: KmsPlace) -> None:
        """Take the key that the setting names. Raises KeyRefused or KeyUnreachable."""
        if not place.key:
            raise KeyUnreachable("the key provider kms needs the setting kms_key; set it in clearance.toml")
        self._place = place
        self._client = _client(place)
        described = self._asked("describe_key", KeyId=place.key)
        # The ARN: an alias may come to point at another key.
        self._arn: str = described["KeyMetadata"]["Arn"]
        self.key_id = hashlib.sha256(b"clearance kms key|" + self._arn.encode()).hexdigest()[:16]

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Return the key sealed by the service; it opens only with the same context and registry."""
        answer = self._asked(
            "encrypt", KeyId=self._arn, Plaintext=data_key, EncryptionContext=self._encryption_context(context)
        )
        return bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the key. Raises ValueError when key, context or bytes are not those of wrap()."""
        answer = self._asked(
            "decrypt", KeyId=self._arn, CiphertextBlob=wrapped, EncryptionContext=self._encryption_context(context)
        )
        return bytes(answer["Plaintext"])

    def _encryption_context(self, context: bytes) -> dict[str, str]:
        return {
            "clearance:registry": self._place.registry_id,
            "clearance:context": base64.b64encode(context).decode(),
        }

    def _asked(self, operation: str, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

        try:
            return getattr(self._client, operation)(**arguments)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _OTHER_BYTES:
                raise ValueError("the service does not open these bytes with this key and context") from error
            if code in _REFUSED:
                raise KeyRefused(
                    f"AWS KMS refuses the key {self._place.key} ({code}); check kms_key and your permissions"
                ) from error
            raise KeyUnreachable(f"AWS KMS did not answer for {self._place.key} ({code}); try again") from error
        except ParamValidationError as error:
            raise ValueError("these bytes are none that the service could have made") from error
        except BotoCoreError as error:
            raise KeyUnreachable(
                f"AWS KMS cannot be reached ({type(error).__name__}); check the network, the region and the credentials"
            ) from error


def _client(place: KmsPlace) -> Any:
    try:
        import boto3
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise KeyUnreachable('boto3 is not installed; install "clearance[kms]"') from error
    try:
        return boto3.client("kms", region_name=place.region or None)
    except (BotoCoreError, ValueError) as error:
        raise KeyUnreachable(
            f"AWS KMS cannot be set up ({type(error).__name__}); set kms_region and the credentials"
        ) from error
