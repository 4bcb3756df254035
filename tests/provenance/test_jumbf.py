"""Boxes: found by label, and refused where their lengths lie or a label stands twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance import jumbf
from provenance.errors import UnreadableManifest


def box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def superbox(label: str, content: bytes) -> bytes:
    return box(b"jumb", box(b"jumd", b"\0" * 16 + b"\x03" + label.encode() + b"\0") + content)


def store(*manifests: bytes) -> bytes:
    return superbox("c2pa", b"".join(manifests))


def manifest(label: str, signature: bytes) -> bytes:
    return superbox(label, superbox("c2pa.claim.v2", b"") + superbox("c2pa.signature", box(b"cbor", signature)))


def test_the_signature_of_the_manifest_asked_for_is_found() -> None:
    data = store(manifest("urn:one", b"first"), manifest("urn:two", b"second"))
    assert jumbf.signature(data, "urn:two") == b"second"
    assert jumbf.signature(data, "urn:one") == b"first"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        store(),
        store(manifest("urn:one", b"x"), manifest("urn:one", b"y")),
        store(manifest("urn:one", b"x"))[:-3],
        store(superbox("urn:one", superbox("c2pa.signature", b""))),
        store(superbox("urn:one", superbox("c2pa.signature", box(b"cbor", b"x") + box(b"cbor", b"y")))),
        store(manifest("urn:one", b"x")) * 2,
        b"\0\0\0\1jumb" + b"\0" * 8,
        b"\0\0\0\0jumb",
    ],
)
def test_a_store_with_no_single_such_signature_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableManifest):
        jumbf.signature(data, "urn:one")


@given(st.binary(max_size=200), st.text(max_size=10))
def test_any_bytes_give_our_error(data: bytes, label: str) -> None:
    with pytest.raises(UnreadableManifest):
        jumbf.signature(data, label)
