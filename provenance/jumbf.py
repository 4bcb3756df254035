"""Boxes of a C2PA manifest store: just enough to find one manifest's signature.

Standard: ISO/IEC 19566-5 (JUMBF); C2PA Technical Specification 2.x, chapter 11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provenance.errors import UnreadableManifest

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = 8
_LABEL_AT = 17
"""Of a description box: 16 bytes of type, 1 byte of toggles, then the label up to a zero byte."""
_HAS_LABEL = 0x02


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, content) of each box in data, in order. Raises UnreadableManifest on a false length."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        # 64-bit and open-ended sizes (1 and 0) never occur in a store of a few megabytes.
        if size < _HEADER or at + size > len(data):
            raise UnreadableManifest("a box of the manifest states a length it does not have; the file is damaged")
        yield data[at + 4 : at + _HEADER], data[at + _HEADER : at + size]
        at += size


def labelled(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (label, content after the description) of each superbox in data."""
    for kind, content in boxes(data):
        if kind != b"jumb":
            continue
        description = next(boxes(content), (b"", b""))
        if description[0] != b"jumd" or len(description[1]) <= _LABEL_AT or not description[1][16] & _HAS_LABEL:
            continue
        label = description[1][_LABEL_AT:].split(b"\0", 1)[0]
        yield label.decode("utf-8", "replace"), content[_HEADER + len(description[1]) :]


def only(data: bytes, label: str) -> bytes:
    """Return the content of the only superbox with this label, or raise UnreadableManifest."""
    found = [content for name, content in labelled(data) if name == label]
    if len(found) != 1:
        raise UnreadableManifest(
            f"the manifest has {len(found)} boxes {label!r} where one belongs; the file is damaged"
        )
    return found[0]


def signature(store: bytes, manifest_label: str) -> bytes:
    """Return the COSE signature of one manifest of a store. Raises UnreadableManifest."""
    manifest = only(only(store, "c2pa"), manifest_label)
    content = [body for kind, body in boxes(only(manifest, "c2pa.signature")) if kind == b"cbor"]
    if len(content) != 1:
        raise UnreadableManifest("the signature box of the manifest holds no single signature; the file is damaged")
    return content[0]
