"""The certificate in a signature: read where it is plain, refused where two readers could differ."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from provenance import cose, pki
from provenance.errors import UnreadableManifest
from provenance.pki import CLAIM_SIGNING

if TYPE_CHECKING:
    from .authorities import Authority


def head(major: int, count: int) -> bytes:
    return bytes([major << 5 | 25]) + struct.pack(">H", count)


def text(value: bytes) -> bytes:
    return head(3, len(value)) + value


def octets(value: bytes) -> bytes:
    return head(2, len(value)) + value


def entries(*pairs: tuple[bytes, bytes]) -> bytes:
    return head(5, len(pairs)) + b"".join(key + value for key, value in pairs)


def row(*items: bytes) -> bytes:
    return head(4, len(items)) + b"".join(items)


X5CHAIN, NULL, TAG = head(0, 33), b"\xf6", b"\xd2"


def sign1(protected: bytes, unprotected: bytes) -> bytes:
    return TAG + row(octets(protected), unprotected, NULL, octets(b"\0" * 64))


def test_a_chain_is_found_protected_or_not_single_or_in_a_row(authority: Authority) -> None:
    leaf, _ = authority.issue(CLAIM_SIGNING)
    der, root = leaf.public_bytes(Encoding.DER), authority.certificate.public_bytes(Encoding.DER)
    single = entries((X5CHAIN, octets(der)))
    several = entries((X5CHAIN, row(octets(der), octets(root))))
    named = entries((text(b"x5chain"), octets(der)))
    assert cose.certificates(sign1(single, entries())) == (leaf,)
    assert cose.certificates(sign1(entries(), several)) == (leaf, authority.certificate)
    assert cose.certificates(sign1(entries(), named)) == (leaf,)


def test_two_chains_in_one_signature_are_refused(authority: Authority) -> None:
    one, two = (authority.issue(CLAIM_SIGNING)[0].public_bytes(Encoding.DER) for _ in range(2))
    for first, second in ((one, two), (one, one)):
        signature = sign1(entries((X5CHAIN, octets(first))), entries((X5CHAIN, octets(second))))
        with pytest.raises(UnreadableManifest):
            cose.certificates(signature)
    both = entries((X5CHAIN, octets(one)), (text(b"x5chain"), octets(two)))
    with pytest.raises(UnreadableManifest):
        cose.certificates(sign1(entries(), both))


def test_a_key_stated_twice_and_a_length_left_open_are_refused(authority: Authority) -> None:
    der = authority.certificate.public_bytes(Encoding.DER)
    twice = entries((X5CHAIN, octets(der)), (X5CHAIN, octets(der)))
    open_ended = entries((X5CHAIN, b"\x5f" + octets(der) + b"\xff"))
    for headers in (twice, open_ended, entries(), entries((X5CHAIN, row()))):
        with pytest.raises(UnreadableManifest):
            cose.certificates(sign1(entries(), headers))


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"\x00", 0),
        (b"\x18\xff", 255),
        (b"\x20", -1),
        (b"\x1b" + b"\xff" * 8, 2**64 - 1),
        (b"\x42ab", b"ab"),
        (b"\x62ab", "ab"),
        (b"\x82\x01\xf5", [1, True]),
        (b"\xa1\x01\xf6", {1: None}),
        (b"\xc1\x05", 5),
        (b"\xfb" + b"\0" * 8, 0.0),
    ],
)
def test_plain_items_are_decoded(data: bytes, value: object) -> None:
    assert cose.decoded(data) == value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x00",
        b"\x18",
        b"\x44ab",
        b"\x9b" + b"\xff" * 8,
        b"\xbb" + b"\xff" * 8,
        b"\x5b" + b"\xff" * 8,
        b"\x9f\xff",
        b"\xa1\xf5\x01",
        b"\x81" * 5000,
        b"\x1c",
        b"\xff",
    ],
)
def test_what_is_not_one_plain_item_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableManifest):
        cose.decoded(data)


def test_a_damaged_certificate_never_passes_for_one_its_issuer_signed(authority: Authority) -> None:
    leaf, _ = authority.issue(CLAIM_SIGNING)
    der = leaf.public_bytes(Encoding.DER)
    for at in range(len(der)):
        for mask in (0x01, 0x80):
            changed = der[:at] + bytes([der[at] ^ mask]) + der[at + 1 :]
            try:
                (found,) = cose.certificates(sign1(entries((X5CHAIN, octets(changed))), entries()))
            except UnreadableManifest:
                continue
            # Outside of what its issuer signed, an encoding may vary without consequence.
            same = found.tbs_certificate_bytes == leaf.tbs_certificate_bytes
            assert same or not pki.issued_by(found, authority.certificate)
            assert pki.algorithm(found) in {"es256", None}


@given(st.binary(max_size=300))
def test_any_bytes_give_certificates_or_our_error(data: bytes) -> None:
    with pytest.raises(UnreadableManifest):
        cose.certificates(data)
