"""Records sealed and opened, each under the data key of its performer: the part of the key store that does so.

AES-256-GCM (NIST SP 800-38D) under random nonces; performer and record are bound in, so that nothing opens elsewhere.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent.errors import TemplateUnreadable
from consent.ledger_keys import LedgerKeys

_NONCE_BYTES: Final = 12


class Sealing(LedgerKeys):
    """The part of the key store that seals and opens."""

    def __init__(self) -> None:
        super().__init__()
        # The newest wrapped key of each performer, and its version where that is not 1. Plain dictionaries: 100,000
        # small objects more would cost as much as the cryptography.
        self._wrapped: dict[str, bytes] = {}
        self._versions: dict[str, int] = {}
        self._ciphers: dict[str, tuple[AESGCM, ...]] = {}

    def data_keys(self, performer: str) -> list[bytes]:
        """Return the data keys of a performer, oldest first. Raises HolderKeyMissing, TemplateUnreadable."""
        raise NotImplementedError

    def _refresh(self) -> None:
        """Read again what another process changed."""
        raise NotImplementedError

    def seal(self, performer: str, record: str, plain: bytes) -> bytes:
        """Return plain sealed under the performer's newest key, bound to that performer and record.

        Raises HolderKeyMissing, TemplateUnreadable when the performer has no key.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        self._refresh()
        return nonce + self._ciphers_of(performer)[0].encrypt(nonce, plain, _context(performer, record))

    def unseal(self, performer: str, record: str, sealed: bytes) -> bytes:
        """Return what was sealed. Raises TemplateUnreadable when it does not open, HolderKeyMissing."""
        self._refresh()
        return self.opener()(performer, record, sealed)

    def opener(self) -> Callable[[str, str, bytes], bytes]:
        """Return unseal() for many records in a row: what is remembered is checked once, here."""
        self._refresh()
        ciphers, ciphers_of = self._ciphers, self._ciphers_of

        def opened(performer: str, record: str, sealed: bytes) -> bytes:
            keys = ciphers.get(performer) or ciphers_of(performer)
            context = f"clearance|{performer}|{record}|1".encode()
            # More than one only while a rotation of the performer's key is unfinished; the newest comes first.
            for cipher in keys:
                try:
                    return cipher.decrypt(sealed[:12], sealed[12:], context)
                except (InvalidTag, TypeError, ValueError) as error:
                    fault: Exception = error
            raise TemplateUnreadable(
                f"{record} of {performer} does not open under that performer's key; restore the database and "
                "the key database from the same backup, or enrol again"
            ) from fault

        return opened

    def columns_opener(self) -> Callable[[Sequence[str], Sequence[str], Sequence[bytes]], list[bytes]]:
        """Return opener() for performers, records and what was sealed, in columns of one length.

        Fastest where a performer's records are neighbours. One loop without a call of ours per row: nearly all its
        time is AES-GCM.
        """
        unwrap, kept, versions = self.kek().cipher.decrypt, self._wrapped, self._versions
        one_by_one = self.opener()

        def opened(performers: Sequence[str], records: Sequence[str], sealed: Sequence[bytes]) -> list[bytes]:
            last: str | None = None
            cipher: AESGCM | None = None
            found: list[bytes] = []
            for performer, record, content in zip(performers, records, sealed, strict=True):
                try:
                    if performer != last:
                        cipher, last = None, performer
                        wrapped, version = kept[performer], versions.get(performer, 1)
                        context = f"clearance|{performer}|key|{version}".encode()
                        cipher = AESGCM(unwrap(wrapped[:12], wrapped[12:], context))
                    if cipher is None:
                        raise LookupError(performer)
                    context = f"clearance|{performer}|{record}|1".encode()
                    found.append(cipher.decrypt(content[:12], content[12:], context))
                except (InvalidTag, LookupError, TypeError, ValueError):
                    # Held, with two keys, or damaged: the careful way, which opens it or says what is wrong.
                    found.append(one_by_one(performer, record, content))
            return found

        return opened

    def _ciphers_of(self, performer: str) -> tuple[AESGCM, ...]:
        found = self._ciphers.get(performer)
        if found is None:
            found = self._ciphers[performer] = tuple(map(AESGCM, reversed(self.data_keys(performer))))
        return found


def _context(performer: str, record: str) -> bytes:
    return f"clearance|{performer}|{record}|1".encode()
