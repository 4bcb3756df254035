"""Selective disclosure by the sd-jwt library (RFC 9901): issue, present, verify. The one file that imports it.

The library verifies signatures, digests and key binding. It does not look at types, times, unused
disclosures or encodings: `consent.sd_jwt_form` does that first, on every text that comes from outside.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from consent.errors import ReceiptUnusable
from consent.issuer_public import IssuerKey
from consent.sd_jwt_form import Parts, digest_of, parts_of

# Digests come in multiples of these, so that their number does not tell how much was agreed.
_CLAIM_STEP: Final = 32
_ITEM_STEP: Final = 8
_RANDOM: Final = secrets.SystemRandom()
# What the library raises on texts it cannot use; it has no error of its own.
_REFUSALS: Final = (JWException, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


def issue(
    plain: Mapping[str, Any],
    selective: Mapping[str, Any],
    signing_key: Ed25519PrivateKey,
    *,
    kid: str,
    holder: Mapping[str, str] | None = None,
) -> str:
    """Return a signed SD-JWT whose selective claims can each be left out, and each item of their lists.

    holder: the public JWK of who may present it. Decoys fill the digests up to a multiple of 32, those of
    a list to a multiple of 8.
    """
    decoys: set[str] = set()

    def decoy() -> SDObj:
        # A real disclosure that is thrown away afterwards: its digest cannot be told from another's.
        decoys.add(filler := secrets.token_urlsafe(16))
        return SDObj(filler)

    claims: dict[Any, Any] = dict(plain)
    for name, value in selective.items():
        claims[SDObj(name)] = _items(value, decoy) if isinstance(value, list) else value
    for _ in range(-len(selective) % _CLAIM_STEP):
        claims[decoy()] = True
    issuer = SDJWTIssuer(
        claims,
        JWK.from_pyca(signing_key),
        holder_key=None if holder is None else JWK(**holder),
        sign_alg="EdDSA",
        extra_header_parameters={"typ": "dc+sd-jwt", "kid": kid},
    )
    kept = [one.b64 for one in issuer.ii_disclosures if not decoys & _words(one)]
    return "~".join((issuer.serialized_sd_jwt, *kept, ""))


def present(text: str, disclose: Mapping[str, frozenset[str] | None]) -> str:
    """Return the receipt with the named claims alone; None means all items of a list, else those named.

    Raises ReceiptUnusable for a claim or an item that the text does not hold.
    """
    parts = parts_of(text)
    known = {one.name: one.value for one in parts.disclosures if one.name is not None}
    items = {one.digest: one.value for one in parts.disclosures if one.name is None}
    selection: dict[str, Any] = {}
    for name, wanted in disclose.items():
        if name not in known:
            raise ReceiptUnusable(f"the receipt has no claim {name!r} to disclose; it has {', '.join(sorted(known))}")
        value = known[name]
        if not isinstance(value, list):
            selection[name] = True
            continue
        listed = [items.get(item["..."]) if isinstance(item, dict) else item for item in value]
        if wanted is not None and (absent := wanted - {item for item in listed if isinstance(item, str)}):
            raise ReceiptUnusable(f"the receipt's {name} does not list {', '.join(sorted(absent))}")
        selection[name] = [item is not None and (wanted is None or item in wanted) for item in listed]
    holder = SDJWTHolder(text)
    holder.create_presentation(selection)
    return str(holder.sd_jwt_presentation)


def bind(presentation: str, holder_key: Mapping[str, str], *, audience: str, nonce: str, now: datetime) -> str:
    """Return the presentation with a proof that its holder has the private key (RFC 9901, section 4.3).

    holder_key: a private P-256 JWK. Raises ReceiptUnusable when it is no such key.
    """
    content = {"iat": int(now.timestamp()), "aud": audience, "nonce": nonce, "sd_hash": digest_of(presentation)}
    token = JWS(json.dumps(content))
    try:
        header = json.dumps({"alg": "ES256", "typ": "kb+jwt"})
        token.add_signature(JWK(**holder_key), alg="ES256", protected=header)
    except (JWException, ValueError, TypeError) as error:
        raise ReceiptUnusable("the holder's key is no private P-256 key as JWK; give the holder's own") from error
    return presentation + str(token.serialize(compact=True))


def holder_jwk(stated: Mapping[str, Any]) -> dict[str, str]:
    """Return the public members of a P-256 JWK. Raises ReceiptUnusable for another key, or for a private one."""
    members = {name: stated.get(name) for name in ("kty", "crv", "x", "y")}
    if "d" in stated:
        raise ReceiptUnusable("the holder's key holds its private part; give the public part alone")
    try:
        if (members["kty"], members["crv"]) == ("EC", "P-256"):
            key = JWK(**members)
            # Only making the key finds out whether the point lies on the curve.
            key.get_op_key("verify")
            return dict(key.export_public(as_dict=True))
    except _REFUSALS as error:
        raise ReceiptUnusable("the holder's key is no P-256 key as JWK; give a public P-256 JWK") from error
    raise ReceiptUnusable("the holder's key is no P-256 key as JWK; give a public P-256 JWK")


def verified_claims(text: str, parts: Parts, issuer: IssuerKey) -> dict[str, Any]:
    """Return the claims that the issuer signed and the text discloses. Raises ReceiptUnusable.

    parts: those of the text, which has thereby passed the strict reading. A key binding is not looked at.
    """
    unbound = text[: text.rindex("~") + 1]
    key = JWK(**issuer.jwk())
    try:
        claims = SDJWTVerifier(unbound, lambda _issuer, _header: key).get_verified_payload()
    except _REFUSALS as error:
        raise ReceiptUnusable("the receipt was not signed by this issuer, or was altered since") from error
    if not isinstance(claims, dict) or parts.header.get("kid", issuer.kid) != issuer.kid:
        raise ReceiptUnusable("the receipt names another key of its issuer")
    return claims


def require_bound(text: str, issuer: IssuerKey, *, audience: str, nonce: str) -> None:
    """Raise ReceiptUnusable unless the holder named in the receipt made this presentation for this audience."""
    key = JWK(**issuer.jwk())
    try:
        SDJWTVerifier(text, lambda _issuer, _header: key, expected_aud=audience, expected_nonce=nonce)
    except _REFUSALS as error:
        raise ReceiptUnusable("the presentation was not made by the receipt's holder for this request") from error


def _items(values: list[Any], decoy: Any) -> list[Any]:
    """Return the items, each disclosable by itself, in their order, with decoys strewn among them."""
    items: list[Any] = [SDObj(value) for value in values]
    for _ in range(-len(items) % _ITEM_STEP or (0 if items else _ITEM_STEP)):
        items.insert(_RANDOM.randrange(len(items) + 1), decoy())
    return items


def _words(disclosure: Any) -> set[str]:
    return {word for word in (disclosure.key, disclosure.value) if isinstance(word, str)}
