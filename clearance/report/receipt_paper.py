"""A receipt in plain words: what was agreed, what is not allowed, until when, how to withdraw, how to check it.

One paper feeds the page (HTML) and the print (PDF). It says nothing that the receipt's claims do not say, apart from
the stage name, which no receipt holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from clearance.clock import rfc3339
from consent.territory import name_of

if TYPE_CHECKING:
    from consent.receipt import Receipt

Row = tuple[str, str]

_TITLES: Final = {"grant": "Receipt: consent to use a likeness", "release": "Receipt: consent to face templates"}
_SCOPE: Final = {
    "projects": "Productions",
    "characters": "Characters",
    "scenes": "Scenes",
    "description": "What will be made",
    "replica_kinds": "Kinds of replica",
    "modalities": "What is copied",
    "use_categories": "Uses",
    "media": "Media",
    "territories": "Territories",
}
_FURTHER: Final = {
    "advertiser": "Advertiser",
    "product": "Product",
    "sequels": "Sequels",
    "pii_type": "What is kept",
    "purposes": "Purposes",
    "jurisdiction": "Law it was signed under",
    "keeps_images": "Reference pictures may be kept, encrypted",
    "form": "Form",
    "signatory": "Signed by",
    "represented_by": "Represented by",
    "collective_agreement": "Collective agreement",
    "pay_status": "Payment",
    "pay": "Payment in detail",
    "survivorship": "After death",
    "notice": "Notice given beforehand",
    "signed_on": "Signed on",
}
_TRAINING: Final = {
    "data_mining": "Data mining",
    "ai_inference": "Use as input of AI",
    "ai_generative_training": "Training of generative AI",
    "ai_training": "Training of other AI",
}
_WORDS: Final = {
    "any": "any",
    "allowed": "allowed",
    "notAllowed": "not allowed",
    "constrained": "allowed within limits; see the document",
    "EBDR": "employment-based digital replica",
    "ICDR": "independently created digital replica",
    "BADR": "background actor digital replica",
    "DA": "digital alteration",
    "SP": "synthetic performer",
}
_AFTER_DEATH: Final = {
    "survives": "the consent goes on",
    "ends": "the consent ends",
    "representative": "the representative decides",
}
# Told in sections of their own, or the same for every receipt.
_ELSEWHERE: Final = frozenset(
    [
        "iss",
        "iat",
        "vct",
        "schema_version",
        "receipt_id",
        "version",
        "kind",
        "record_id",
        "pii_principal_id",
        "status",
        "ledger",
        "cnf",
        "prohibitions",
        "training_use",
        "approvals",
        "term",
        "withdrawal_method",
        "retention_period",
        "lifecycle",
        "evidence",
        "special_pii_category",
    ]
)


def paper_of(receipt: Receipt, claims: Mapping[str, Any], *, stage_name: str, issuer: str) -> dict[str, Any]:
    """Return the paper of a receipt: a title, a few facts, and sections of labelled rows, all of them text.

    claims: all that the receipt discloses. issuer: the thumbprint of the key that checks it. stage_name: empty where it
    is kept no longer.
    """
    return {
        "title": _TITLES[receipt.kind],
        "person": f"{stage_name} ({receipt.performer})" if stage_name else receipt.performer,
        "receipt": f"{receipt.id}, version {receipt.version}",
        "record": receipt.record,
        "issued": rfc3339(receipt.issued),
        "timestamp": int(receipt.issued.timestamp()),
        "registry": str(claims["iss"]),
        "issuer": issuer,
        "file": f"{receipt.id}.sd-jwt",
        "agreed": _agreed(claims),
        "unstated": _unstated(claims) if receipt.kind == "grant" else "",
        "prohibited": _prohibited(claims, receipt.kind),
        "term": _term(claims),
        "withdrawal": f"{_sentence(str(claims['withdrawal_method']))}.",
        "history": [(step["on"], step["kind"].replace("-", " ")) for step in claims["lifecycle"]],
        "evidence": _evidence(claims.get("evidence")),
        "proven": "ledger" in claims,
        "checks": _checks(receipt, proven="ledger" in claims),
    }


def _agreed(claims: Mapping[str, Any]) -> list[Row]:
    known = _SCOPE | _FURTHER
    others = (name for name in claims if name not in known and name not in _ELSEWHERE)
    labels = known | {name: name.replace("_", " ").capitalize() for name in others}
    return [(label, _words(claims[name], name)) for name, label in labels.items() if name in claims]


def _unstated(claims: Mapping[str, Any]) -> str:
    missing = [label.lower() for name, label in _SCOPE.items() if name not in claims and name != "description"]
    return f"Nothing is stated about {_listed(missing)}. What is not stated is not agreed." if missing else ""


def _prohibited(claims: Mapping[str, Any], kind: str) -> list[Row]:
    if kind == "release":
        return [
            ("Not covered", "Any other use of the face. Using a likeness in a production needs a grant of its own."),
        ]
    rows = [("Prohibited", _words(claims.get("prohibitions") or "nothing is listed", "prohibitions"))]
    if claims.get("approvals"):
        rows.append(("Needs approval first", _words(claims["approvals"], "approvals")))
    training = claims.get("training_use", {})
    rows += [
        (label, _words(training.get(name, "not stated, so not agreed"), name)) for name, label in _TRAINING.items()
    ]
    return rows


def _term(claims: Mapping[str, Any]) -> list[Row]:
    term = claims.get("term", {})
    last = term.get("expires_on")
    unending = {"any": "no end was agreed", None: "not stated" if claims["kind"] == "grant" else "until withdrawn"}
    rows = [
        ("From", str(term.get("starts_on", claims.get("signed_on", "not stated")))),
        ("To", unending.get(last, f"{last}, the last day")),
    ]
    if "retention_period" in claims:
        rows.append(("How long data is kept", f"{_sentence(str(claims['retention_period']))}."))
    return rows


def _evidence(evidence: Mapping[str, Any] | None) -> list[Row]:
    if evidence is None:
        return [("Document", "none was handed in")]
    signature = {"valid": "was valid", "invalid": "was NOT valid"}.get(
        str(evidence.get("signature")), "was not checked"
    )
    rows = [("SHA-256 of the document", str(evidence["sha256"]))]
    if "hash_verified" in evidence:
        seen = "was compared with it" if evidence["hash_verified"] else "itself was not seen"
        rows.append(("When it was recorded", f"the document {seen}; its signature {signature}"))
    places = {"custodian": "Kept by", "page": "Page"}
    return rows + [(label, str(evidence[name])) for name, label in places.items() if name in evidence]


def _checks(receipt: Receipt, *, proven: bool) -> list[Row]:
    file = f"{receipt.id}.sd-jwt"
    ledger = ' --ledger-key "KEY LINE" --standing standing.json' if proven else ""
    return [
        ("Check the receipt, offline", f"clearance consent receipt verify {file} --issuer-key issuer.jwk{ledger}"),
        (
            "Show one part of it only",
            f"clearance consent receipt present {file} --disclose term --out shown.sd-jwt",
        ),
    ]


def _words(value: Any, name: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key.replace('_', ' ')} {_words(item, name)}" for key, item in value.items())
    if isinstance(value, list):
        apart = "; " if any(isinstance(item, Mapping) for item in value) else ", "
        return apart.join(_words(item, name) for item in value) or "none listed"
    text = str(value)
    if name == "survivorship":
        return _AFTER_DEATH.get(text, text)
    return name_of(text) if name in ("territories", "jurisdiction") else _WORDS.get(text, text)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
