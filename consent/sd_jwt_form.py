"""A compact SD-JWT taken apart strictly, before any library looks at it (RFC 9901, sections 4 and 7.1).

Refuses what would leave two readings of one receipt: another algorithm or type, base64 in a form that is
not the only one, repeated members of an object, disclosures that nothing refers to or two things refer
to, names that are reserved, and documents too large or too deep. Standard library alone.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from consent.errors import ReceiptUnusable

# A receipt with its proof has some 10,000 characters.
LIMIT: Final = 262_144
_DISCLOSURES: Final = 1024
_DEPTH: Final = 16
_TYPE: Final = "dc+sd-jwt"
_ISSUER_HEADER: Final = {"alg": "EdDSA", "typ": _TYPE}
_BINDING_HEADER: Final = {"alg": "ES256", "typ": "kb+jwt"}
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{43}")
# SD-JWT VC, section 2.2.2.2: what tells issuer, holder, time and kind is never hidden.
_NEVER_HIDDEN: Final = frozenset({"_sd", "...", "_sd_alg", "iss", "iat", "nbf", "exp", "cnf", "vct", "status"})


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One disclosed claim, or one item of a list (name None)."""

    text: str
    digest: str
    name: str | None
    value: Any


@dataclass(frozen=True, slots=True)
class Parts:
    """An SD-JWT taken apart; nothing of it is verified yet. key_binding: the payload of the KB-JWT, if any."""

    header: Mapping[str, Any]
    payload: Mapping[str, Any]
    disclosures: tuple[Disclosure, ...]
    key_binding: Mapping[str, Any] | None
    hidden: int
    """Digests that nothing was disclosed for: hidden claims and decoys, which cannot be told apart."""


def parts_of(text: str) -> Parts:
    """Return the parts of a compact SD-JWT. Raises ReceiptUnusable, naming what is wrong with it."""
    if len(text) > LIMIT:
        raise ReceiptUnusable(f"the receipt has more than {LIMIT} characters; no receipt is so long")
    if not text.isascii():
        raise ReceiptUnusable("the receipt holds characters that no receipt has; fetch it again")
    if "~" not in text:
        raise ReceiptUnusable("the text is no receipt; it has no part for disclosures")
    token, *disclosed, binding = text.split("~")
    if len(disclosed) > _DISCLOSURES:
        raise ReceiptUnusable(f"the receipt has more than {_DISCLOSURES} disclosures")
    header, payload = _jws(token, "receipt", _ISSUER_HEADER, optional=("kid",))
    if payload.get("_sd_alg") != "sha-256":
        raise ReceiptUnusable("the receipt's digests are not SHA-256")
    disclosures = tuple(_disclosure(one) for one in disclosed)
    hidden = _hidden(payload, disclosures)
    key_binding = _jws(binding, "key binding", _BINDING_HEADER)[1] if binding else None
    return Parts(header, payload, disclosures, key_binding, hidden)


def strict_json(content: bytes, what: str) -> Any:
    """Return a JSON value; repeated members, other numbers than JSON's and great depth are refused."""
    try:
        value = json.loads(content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ReceiptUnusable(f"the {what} is no JSON that has one reading only") from error
    _require_shallow(value, what, 0)
    return value


def digest_of(text: str) -> str:
    """Return the SHA-256 of an ASCII text as base64url, the form of digests in an SD-JWT."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def canonical_base64url(text: str, what: str) -> bytes:
    """Return the bytes; text must be base64url without padding, in the one form that encoding gives."""
    if _BASE64URL.fullmatch(text):
        try:
            content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            content = b""
        if base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii") == text:
            return content
    raise ReceiptUnusable(f"the {what} is not in canonical base64url; it was altered on its way")


def _jws(
    token: str, what: str, header: Mapping[str, str], *, optional: tuple[str, ...] = ()
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    pieces = token.split(".")
    if len(pieces) != 3:
        raise ReceiptUnusable(f"the {what} is not a signed token of three parts")
    stated = strict_json(canonical_base64url(pieces[0], f"{what}'s header"), f"{what}'s header")
    payload = strict_json(canonical_base64url(pieces[1], f"{what}'s content"), f"{what}'s content")
    canonical_base64url(pieces[2], f"{what}'s signature")
    if not isinstance(stated, dict) or not isinstance(payload, dict):
        raise ReceiptUnusable(f"the {what} is not an object")
    for name in optional:
        if not isinstance(stated.get(name, ""), str):
            raise ReceiptUnusable(f"the {what}'s header has a {name} that is no text")
    if {name: value for name, value in stated.items() if name not in optional} != header:
        # Any other algorithm ("none", a MAC) would let somebody else than the issuer sign.
        raise ReceiptUnusable(f"the {what}'s header is not that of a receipt: only {dict(header)} is accepted")
    return stated, payload


def _disclosure(text: str) -> Disclosure:
    content = strict_json(canonical_base64url(text, "disclosure"), "disclosure")
    if not isinstance(content, list) or len(content) not in (2, 3) or not all(isinstance(t, str) for t in content[:-1]):
        raise ReceiptUnusable("a disclosure is not a list of salt, name and value")
    name = content[1] if len(content) == 3 else None
    if name in _NEVER_HIDDEN:
        raise ReceiptUnusable(f"a disclosure claims {name}, which cannot be disclosed")
    return Disclosure(text, digest_of(text), name, content[-1])


def _hidden(payload: Mapping[str, Any], disclosures: tuple[Disclosure, ...]) -> int:
    """Return how many digests stay undisclosed; each must occur once and each disclosure be referred to."""
    known = {one.digest: one for one in disclosures}
    if len(known) != len(disclosures):
        raise ReceiptUnusable("the receipt discloses one claim twice")
    found: set[str] = set()
    waiting: list[Any] = [{name: value for name, value in payload.items() if name != "_sd_alg"}]
    while waiting:
        for digest, is_item in _digests(waiting.pop()):
            if digest in found:
                raise ReceiptUnusable("the receipt refers to one digest twice")
            found.add(digest)
            one = known.get(digest)
            if one is not None:
                if (one.name is None) != is_item:
                    raise ReceiptUnusable("a disclosure stands where another form of it belongs")
                waiting.append(one.value)
    if not known.keys() <= found:
        raise ReceiptUnusable("the receipt discloses a claim that its issuer did not sign")
    return len(found) - len(known)


def _digests(value: Any) -> Iterator[tuple[str, bool]]:
    """Yield each digest under a value, and whether it stands for an item of a list."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict) and "..." in item:
                if len(item) != 1:
                    raise ReceiptUnusable("an item of a list is both hidden and not")
                yield _digest(item["..."]), True
            else:
                yield from _digests(item)
    elif isinstance(value, dict):
        if "..." in value or "_sd_alg" in value:
            raise ReceiptUnusable("the receipt uses a reserved name")
        listed = value.get("_sd", [])
        if not isinstance(listed, list):
            raise ReceiptUnusable("the receipt's digests are not a list")
        yield from ((_digest(one), False) for one in listed)
        for name, member in value.items():
            if name != "_sd":
                yield from _digests(member)


def _digest(value: Any) -> str:
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise ReceiptUnusable("the receipt holds a digest that is none")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def _no_number(_: str) -> Any:
    raise ValueError("no number of JSON")


def _require_shallow(value: Any, what: str, depth: int) -> None:
    if depth > _DEPTH:
        raise ReceiptUnusable(f"the {what} is nested more than {_DEPTH} deep")
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for member in members:
        _require_shallow(member, what, depth + 1)
