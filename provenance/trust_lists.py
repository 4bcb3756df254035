"""One list of authorities, out of a PEM bundle or the JSON form in which C2PA publishes its lists.

Only what may feed trust is taken: certificates of authorities, made for the purpose that the list is given for.
Standard: ETSI TS 119 602 (list of trusted entities, JSON), with the two states that C2PA allows a service.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from provenance import pki
from provenance.errors import TrustProfileInvalid
from provenance.json_shapes import Json, mapping, moment, sequence, text

if TYPE_CHECKING:
    from datetime import datetime

Purpose = Literal["claim", "tsa", "cawg"]
PURPOSES: Final[tuple[Purpose, ...]] = ("claim", "tsa", "cawg")
IN_WORDS: Final = {"claim": "claim signers", "tsa": "time-stamp authorities", "cawg": "organisations (CAWG)"}

_STATES: Final = {
    "http://c2pa.org/conformance/trust-list/trusted": True,
    "http://c2pa.org/conformance/trust-list/untrusted": False,
}
_NAMES: Final = {"C2PA Trust List": "claim", "C2PA TSA Trust List": "tsa"}
# What an authority that limits what its certificates may be for must allow to stand on a list of this purpose.
_FIT: Final = {
    "claim": {pki.CLAIM_SIGNING, pki.DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION},
    "tsa": {ExtendedKeyUsageOID.TIME_STAMPING},
    "cawg": None,
}


@dataclass(frozen=True, slots=True)
class ListContent:
    """The authorities of one list as PEM, and what the list says about itself; nothing, if it is plain PEM."""

    pem: str
    issued: datetime | None = None
    next_update: datetime | None = None
    title: str | None = None

    @property
    def official(self) -> bool:
        """Return whether the list bears the name of one that C2PA publishes."""
        return self.title in _NAMES


def read_list(content: bytes, purpose: Purpose) -> ListContent:
    """Return the authorities in a PEM bundle or a C2PA list. Raises TrustProfileInvalid, whatever the bytes are."""
    if content.lstrip()[:1] == b"{":
        return _published(content, purpose)
    return ListContent(authorities(content, purpose))


def is_published(document: Json) -> bool:
    """Return whether a JSON document is a list in the form in which C2PA publishes its own."""
    return "LoTE" in mapping(document)


def authorities(pem: bytes, purpose: Purpose) -> str:
    """Return the certificates of a PEM text, each once, without the text between them. Raises TrustProfileInvalid."""
    if b"PRIVATE KEY" in pem:
        raise TrustProfileInvalid("it holds a private key; take that out, and replace the key if others could see it")
    try:
        found = x509.load_pem_x509_certificates(pem)
    except pki.MALFORMED as error:
        raise _unreadable(purpose) from error
    return _checked(found, purpose)


def _published(content: bytes, purpose: Purpose) -> ListContent:
    try:
        document: Json = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise TrustProfileInvalid("it is not readable JSON; fetch the list again") from error
    lote = mapping(mapping(document).get("LoTE"))
    scheme = mapping(lote.get("ListAndSchemeInformation"))
    issued, next_update = moment(scheme.get("ListIssueDateTime")), moment(scheme.get("NextUpdate"))
    if scheme.get("LoTEVersionIdentifier") != 1 or issued is None or (next_update is None and "NextUpdate" in scheme):
        raise TrustProfileInvalid("it is no C2PA list of version 1 with its date; give PEM, or the list as published")
    titles = [text(entry.get("value")) for entry in map(mapping, sequence(scheme.get("SchemeName")))]
    for title in titles:
        meant = _NAMES.get(title or "")
        if meant is not None and meant != purpose:
            raise TrustProfileInvalid(
                f"it is the {title}, for {IN_WORDS[meant]}; add it with that purpose, never for {IN_WORDS[purpose]}"
            )
    taken, struck = _services(lote)
    certificates = [certificate for certificate in taken if certificate not in struck]
    title = next((title for title in titles if title in _NAMES), next(iter(titles), None))
    return ListContent(_checked(certificates, purpose), issued, next_update, title)


def _services(lote: dict[str, Json]) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """Return the certificates that a list calls trusted, and those that it calls untrusted."""
    found: dict[bool, list[x509.Certificate]] = {True: [], False: []}
    for entity in map(mapping, sequence(lote.get("TrustedEntitiesList"))):
        services = sequence(entity.get("TrustedEntityServices"))
        if not services:
            raise TrustProfileInvalid("an entry of the list names no service; fetch the list again")
        for service in map(mapping, services):
            stated = mapping(service.get("ServiceInformation"))
            trusted = _STATES.get(text(stated.get("ServiceStatus")) or "")
            listed = sequence(mapping(stated.get("ServiceDigitalIdentity")).get("X509Certificates"))
            if trusted is None or not listed:
                raise TrustProfileInvalid("a service of the list has no certificate, or a state unknown to C2PA")
            found[trusted] += [_certificate(text(mapping(entry).get("val"))) for entry in listed]
    return found[True], found[False]


def _certificate(encoded: str | None) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(base64.b64decode(encoded or "", validate=True))
    except (binascii.Error, *pki.MALFORMED) as error:
        raise TrustProfileInvalid("a certificate of the list cannot be read; fetch the list again") from error


def _checked(certificates: list[x509.Certificate], purpose: Purpose) -> str:
    if not certificates:
        raise _unreadable(purpose)
    each: dict[str, None] = {}
    for certificate in certificates:
        try:
            _check(pki.looked_through(certificate), purpose)
            each[certificate.public_bytes(Encoding.PEM).decode()] = None
        except pki.MALFORMED as error:
            raise _unreadable(purpose) from error
    return "".join(each)


def _check(certificate: x509.Certificate, purpose: Purpose) -> None:
    if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        raise TrustProfileInvalid("a certificate in it is no authority; list roots or intermediates, not signers")
    try:
        usages = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return
    fit = _FIT[purpose]
    if fit is not None and not usages & {*fit, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}:
        subject = certificate.subject.rfc4514_string()
        raise TrustProfileInvalid(
            f"{subject[:120]!r} is an authority for {', '.join(sorted(u.dotted_string for u in usages))}, "
            f"not for {IN_WORDS[purpose]}; add the list with the purpose it is made for"
        )


def _unreadable(purpose: Purpose) -> TrustProfileInvalid:
    return TrustProfileInvalid(f"the {purpose} list holds no certificate, or one that is no readable authority")
