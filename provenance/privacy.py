"""What in a manifest looks like personal data that must not be public (rule P12). Precisely:

1. an embedding, anywhere in the chain: 64 or more numbers in a row of which one has a fraction; 128 or more
   whole numbers between -128 and 255; 256 or more bytes, as such or as base64 or hexadecimal. Assertions
   whose standard content is of that kind (hashes, thumbnails, signatures, soft bindings, certificates,
   time-stamps) are left out;
2. in the consent assertion and in other namespaces of their makers (not c2pa, cawg, stds, schema.org, iptc,
   exif, xmp, adobe, contentauth): fields named for a legal name, an e-mail or postal address, a telephone
   number, a birth date, a face vector, a face crop or contract text; an e-mail address; running text of more
   than 400 characters;
3. any breach of the schema of our own consent assertion.

Reasons name the place, never the value. Standard: CAWG and C2PA privacy guidance; 740 ILCS 14/15(d) for
templates.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from provenance import labels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provenance.json_shapes import Json
    from provenance.reading import ProvenanceReading

_FLOATS_OF_A_VECTOR = 64
_INTEGERS_OF_A_VECTOR = 128
_BYTES_OF_A_VECTOR = 256
_RUNNING_TEXT = 400
_BINARY_BY_STANDARD = (
    "c2pa.certificate-status",
    "c2pa.hash.",
    "c2pa.ingredient",
    "c2pa.soft-binding",
    "c2pa.thumbnail",
    "c2pa.time-stamp",
    "cawg.identity",
)
_PUBLIC_VOCABULARY = (
    "adobe.",
    "c2pa.",
    "cawg.",
    "com.adobe.",
    "contentauth",
    "exif",
    "iptc",
    "schema.org",
    "stds.",
    "xmp",
)
# fmt: off
_TELLING = frozenset(
    {
        "name", "legalname", "realname", "fullname", "firstname", "lastname", "givenname", "familyname",
        "surname", "stagename", "performername", "email", "mail", "emailaddress", "phone", "telephone",
        "address", "birthdate", "birthday", "birthyear", "dateofbirth", "dob", "embedding",
        "embeddings", "facevector", "vector", "template", "facetemplate", "crop", "facecrop",
        "facecrops", "thumbnail", "portrait", "contract", "contracttext", "clause", "clauses",
        "agreementtext", "passport", "ssn",
    }
)
# fmt: on
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}\.[A-Za-z]{2,24}")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,24}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{300,}={0,2}")
_HEX = re.compile(r"[0-9A-Fa-f]{512,}")
_DEEPEST = 64


def personal_data(reading: ProvenanceReading) -> tuple[str, ...]:
    """Return every suspicion about what a file's manifests reveal, as sentences; empty if there is none."""
    found: list[str] = []
    for assertion in (*reading.assertions, *reading.inherited_assertions):
        found += suspicions(assertion.label, assertion.data)
        if labels.base(assertion.label) == labels.CONSENT:
            # pydantic takes its time to load, and most readings hold no consent assertion.
            from provenance.consent_assertion import violations

            found += (f"{assertion.label} breaks its schema at {fault}" for fault in violations(assertion.data))
    return tuple(dict.fromkeys(found))


def suspicions(label: str, data: Json) -> tuple[str, ...]:
    """Return what in one assertion looks like personal data, each place once."""
    own = not label.startswith(_PUBLIC_VOCABULARY)
    binary = label.startswith(_BINARY_BY_STANDARD)
    shown = label if _PLAIN_KEY.fullmatch(label) or len(label) <= 80 else label[:80]
    found: dict[str, None] = {}
    for place, key, value in _places(data):
        if not binary and _is_vector(value):
            found[f"{shown}: {place} looks like a face vector or an image"] = None
        if own and _telling(key):
            found[f"{shown}: {place} is named like personal data"] = None
        if own and isinstance(value, str):
            if _EMAIL.search(value):
                found[f"{shown}: {place} holds an e-mail address"] = None
            if len(value) > _RUNNING_TEXT and " " in value:
                found[f"{shown}: {place} holds running text, as of a contract"] = None
    return tuple(found)


def _places(data: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield (place, field name, value) of everything in data. What lies too deep is not followed."""
    waiting: list[tuple[str, str, Json, int]] = [("the content", "", data, 0)]
    while waiting:
        place, key, value, depth = waiting.pop()
        yield place, key, value
        if depth >= _DEEPEST:
            continue
        prefix = "" if depth == 0 else place + "."
        if isinstance(value, dict):
            for name, inner in value.items():
                # A field name is a stranger's text as well.
                shown = name if _PLAIN_KEY.fullmatch(name) else "?"
                waiting.append((prefix + shown, name, inner, depth + 1))
        elif isinstance(value, list):
            waiting += ((f"{prefix}{i}", "", inner, depth + 1) for i, inner in enumerate(value) if _is_nested(inner))


def _is_nested(value: Json) -> bool:
    return isinstance(value, dict | list | str)


def _telling(key: str) -> bool:
    return re.sub(r"[^a-z]", "", key.lower()) in _TELLING


def _is_vector(value: Json) -> bool:
    if isinstance(value, list):
        numbers = [n for n in value if isinstance(n, int | float) and not isinstance(n, bool)]
        if len(numbers) >= _FLOATS_OF_A_VECTOR and any(n != n // 1 for n in numbers):
            return True
        return len(numbers) >= _INTEGERS_OF_A_VECTOR and all(-128 <= n <= 255 for n in numbers)
    return isinstance(value, str) and _is_binary(value)


def _is_binary(value: str) -> bool:
    if value.startswith("data:image/"):
        return True
    # The engine writes byte strings as b64'…'.
    if value.startswith("b64'"):
        return len(value) * 3 // 4 >= _BYTES_OF_A_VECTOR
    if _HEX.fullmatch(value):
        return True
    if not _BASE64.fullmatch(value):
        return False
    try:
        return len(base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_")) >= _BYTES_OF_A_VECTOR
    except (binascii.Error, ValueError):
        return False
