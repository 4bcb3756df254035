"""The certificates in a COSE signature, read strictly: what two readers could take differently is refused.

The engine tells neither the chain nor the key usages, and both decide whether a signer may be trusted.
A decoder of our own, because the file decides what is decoded: a general one (cbor2) runs code for whatever tags a
stranger puts there, big floats and regular expressions among them, and has no switch to leave all of them alone.
Standard: RFC 9052 (COSE_Sign1), RFC 9360 (x5chain), RFC 8949 (CBOR, definite lengths only).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from cryptography import x509

from provenance import pki
from provenance.errors import UnreadableManifest

Cbor: TypeAlias = "int | float | bool | bytes | str | list[Cbor] | dict[int | str, Cbor] | None"

_X5CHAIN = (33, "x5chain")
_DEEPEST = 16
_LONGEST_CHAIN = 8
_SIMPLE: dict[int, Cbor] = {20: False, 21: True, 22: None, 23: None}
_FLOAT_BYTES = {25: 2, 26: 4, 27: 8}


def _refuse() -> UnreadableManifest:
    return UnreadableManifest("the manifest's signature is not well-formed, so its certificate cannot be read")


@dataclass(slots=True)
class _Decoder:
    data: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise _refuse()
        self.at += count
        return self.data[self.at - count : self.at]

    def item(self, depth: int = 0) -> Cbor:
        if depth > _DEEPEST:
            raise _refuse()
        first = self.take(1)[0]
        major, low = first >> 5, first & 0x1F
        if low > 27:
            raise _refuse()
        if major == 7:
            return self._simple(low)
        argument = low if low < 24 else int.from_bytes(self.take(1 << (low - 24)), "big")
        match major:
            case 0:
                return argument
            case 1:
                return -1 - argument
            case 2:
                return self.take(argument)
            case 3:
                return self.take(argument).decode("utf-8", "replace")
            case 4:
                return [self.item(depth + 1) for _ in range(self._fits(argument))]
            case 5:
                return self._map(self._fits(argument), depth)
            case _:
                # A tag says how to read its content; only COSE_Sign1 is expected, and it changes nothing.
                return self.item(depth + 1)

    def _simple(self, low: int) -> Cbor:
        if low in _FLOAT_BYTES:
            self.take(_FLOAT_BYTES[low])
            return 0.0
        if low not in _SIMPLE:
            raise _refuse()
        return _SIMPLE[low]

    def _map(self, count: int, depth: int) -> Cbor:
        entries: dict[int | str, Cbor] = {}
        for _ in range(count):
            key = self.item(depth + 1)
            if isinstance(key, bool) or not isinstance(key, int | str) or key in entries:
                raise _refuse()
            entries[key] = self.item(depth + 1)
        return entries

    def _fits(self, count: int) -> int:
        if count > len(self.data) - self.at:
            raise _refuse()
        return count


def decoded(data: bytes) -> Cbor:
    """Return the one CBOR item that data is; floats, which nobody needs, as 0.0.

    Raises UnreadableManifest.
    """
    decoder = _Decoder(data)
    item = decoder.item()
    if decoder.at != len(data):
        raise _refuse()
    return item


def certificates(signature: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a COSE_Sign1, the signer's first. Raises UnreadableManifest.

    A signature that states the chain twice is refused: nobody could say which of them a reader took.
    """
    item = decoded(signature)
    if not isinstance(item, list) or len(item) != 4 or not isinstance(item[0], bytes):
        raise _refuse()
    headers = [decoded(item[0]) if item[0] else {}, item[1]]
    chains = [header[key] for header in headers if isinstance(header, dict) for key in _X5CHAIN if key in header]
    if len(chains) != 1:
        raise _refuse()
    chain = chains[0] if isinstance(chains[0], list) else [chains[0]]
    ders = [der for der in chain if isinstance(der, bytes)]
    if len(ders) != len(chain) or not 1 <= len(chain) <= _LONGEST_CHAIN:
        raise _refuse()
    try:
        return tuple(pki.looked_through(x509.load_der_x509_certificate(der)) for der in ders)
    except pki.MALFORMED as error:
        raise _refuse() from error
