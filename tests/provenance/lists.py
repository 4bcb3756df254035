"""Lists of authorities as C2PA publishes them (ETSI TS 119 602, JSON), and profiles that pin lists, made for tests."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from provenance.trust_document import Entry, rendered

if TYPE_CHECKING:
    from pathlib import Path

STATE = "http://c2pa.org/conformance/trust-list/"


def service(pem: bytes, state: str = "trusted") -> dict[str, Any]:
    """One service of an entity, with the certificates of a PEM text."""
    listed = [
        {"val": base64.b64encode(c.public_bytes(Encoding.DER)).decode()} for c in x509.load_pem_x509_certificates(pem)
    ]
    return {
        "ServiceInformation": {
            "ServiceName": [{"lang": "en", "value": "An Issuing CA"}],
            "ServiceDigitalIdentity": {"X509Certificates": listed},
            "ServiceStatus": STATE + state,
            "StatusStartingTime": "2025-11-19T18:29:44Z",
        }
    }


def published(
    *services: dict[str, Any],
    title: str = "C2PA Trust List",
    issued: str = "2026-08-05T00:11:39Z",
    next_update: str | None = "2027-08-05T00:11:39Z",
) -> dict[str, Any]:
    """A whole list, of one entity."""
    scheme: dict[str, Any] = {
        "LoTEVersionIdentifier": 1,
        "LoTESequenceNumber": 1,
        "SchemeName": [{"lang": "en", "value": title}],
        "SchemeOperatorName": [{"lang": "en", "value": "A coalition"}],
        "ListIssueDateTime": issued,
    }
    if next_update is not None:
        scheme["NextUpdate"] = next_update
    entity = {
        "TrustedEntityInformation": {"TEName": [{"lang": "en", "value": "An authority"}]},
        "TrustedEntityServices": list(services),
    }
    return {"LoTE": {"ListAndSchemeInformation": scheme, "TrustedEntitiesList": [entity]}}


def entry(name: str, content: bytes, *, purpose: Any = "claim", suffix: str = "pem", **more: Any) -> Entry:
    """How a document pins a list of this content."""
    more.setdefault("date", None if suffix == "json" else date(2026, 11, 1))
    return Entry(name, purpose, f"{name}.{suffix}", hashlib.sha256(content).hexdigest(), **more)


def profile_folder(folder: Path, *lists: tuple[Entry, bytes], name: str = "studio") -> Path:
    """Write a profile with its lists into a folder of that name, and return that."""
    place = folder / name
    place.mkdir(parents=True)
    for stated, content in lists:
        (place / stated.file).write_bytes(content)
    (place / "profile.toml").write_text(rendered(name, [stated for stated, _ in lists]), "utf-8")
    return place


def as_json(document: dict[str, Any]) -> bytes:
    """The bytes of a published list."""
    return json.dumps(document, indent=2).encode()
