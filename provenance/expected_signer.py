"""Who should have signed: asked for by whoever verifies, and compared with whom the certificate names.

Standard: RFC 4514 (names as strings); RFC 5280, section 4.1.2.2 (serial numbers).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from provenance.errors import SignerUnclear

if TYPE_CHECKING:
    from provenance.reading import SignerIdentity

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_SERIAL: Final = re.compile(r"[0-9a-f]{1,40}")
_ATTRIBUTES: Final = {NameOID.ORGANIZATION_NAME: "O", NameOID.COMMON_NAME: "CN"}
_FORMS: Final = 'write "O=Studio X", "O=Studio X,CN=Release", "sha256:HEX" of the certificate, or "serial:HEX"'


@dataclass(frozen=True, slots=True)
class ExpectedSigner:
    """Whom somebody expects to have signed; every part that is given must fit."""

    stated: str
    organisation: str | None = None
    subject: str | None = None
    sha256: str | None = None
    serial: str | None = None

    def difference(self, signer: SignerIdentity | None) -> str | None:
        """Return in words how a signer is not the one expected, None if it is."""
        if signer is None:
            return f"the signing certificate cannot be read, and {self.stated} was expected"
        parts = (
            ("O", self.organisation, signer.organisation),
            ("CN", self.subject, signer.subject),
            ("certificate sha256", self.sha256, signer.sha256),
            ("certificate serial", self.serial, signer.serial),
        )
        for name, wanted, found in parts:
            if wanted is not None and (found is None or _plain(found) != wanted):
                return f"signed by {name}={found or 'nobody named'}, and {self.stated} was expected"
        return None


def parse(text: str) -> ExpectedSigner:
    """Return the signer that a description means. Raises SignerUnclear: a guess would let anybody pass."""
    stated = text.strip()
    kind, colon, value = stated.partition(":")
    digits = value.replace(":", "").replace(" ", "").lower()
    if colon and kind.lower() == "sha256" and _SHA256.fullmatch(digits):
        return ExpectedSigner(stated, sha256=digits)
    if colon and kind.lower() == "serial" and _SERIAL.fullmatch(digits.removeprefix("0x").lstrip("0")):
        return ExpectedSigner(stated, serial=digits.removeprefix("0x").lstrip("0"))
    bare = stated.replace(":", "").lower()
    if _SHA256.fullmatch(bare):
        return ExpectedSigner(stated, sha256=bare)
    try:
        attributes = list(x509.Name.from_rfc4514_string(stated))
    except (ValueError, TypeError) as error:
        raise SignerUnclear(f"{stated[:120]!r} does not say who should have signed; {_FORMS}") from error
    found: dict[str, str] = {}
    for attribute in attributes:
        name = _ATTRIBUTES.get(attribute.oid)
        value = _plain(str(attribute.value))
        if name is None or name in found or not value:
            raise SignerUnclear(f"{stated[:120]!r}: only O and CN are compared, each once and not empty; {_FORMS}")
        found[name] = value
    if not found:
        raise SignerUnclear(f"nobody is named as the expected signer; {_FORMS}")
    return ExpectedSigner(stated, organisation=found.get("O"), subject=found.get("CN"))


def _plain(value: str) -> str:
    # Two ways to write one letter are one name; nothing else is taken for the same.
    return unicodedata.normalize("NFC", value)
