"""The five answers, from the status codes of one manifest: each rests on what was found, none on a silence.

Standard: C2PA Technical Specification 2.x, section 15.2 (status codes); CAWG Identity Assertion 1.1, chapter
7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provenance import vouching
from provenance.json_shapes import Json, mapping, moment, sequence, text
from provenance.reading import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cryptography import x509

    from provenance.trust import TrustProfile

_BOUND = re.compile(r"assertion\.(dataHash|bmffHash|boxesHash|collectionHash|multiAssetHash)\.match")
# Failures about who signed, or about a second signature, leave open whether the file is what was signed.
_OF_TRUST = ("signingCredential.", "claimSignature.outsideValidity")
_OF_IDENTITY = "cawg."
# The same code for movies stands in every file the engine signs, and so tells nothing.
_LEFT_OUT = "assertion.dataHash.additionalExclusionsPresent"
_REVOKED = frozenset({"signingCredential.ocsp.revoked", "signingCredential.revoked"})
_WORDS = {
    "assertion.dataHash.mismatch": "the content was changed after signing",
    "assertion.bmffHash.mismatch": "the content was changed after signing",
    "assertion.boxesHash.mismatch": "the content was changed after signing",
    "assertion.hashedURI.mismatch": "an assertion was changed after signing",
    "assertion.missing": "an assertion that was signed is missing",
    "claimSignature.mismatch": "the claim was changed after signing, or signed with another key",
    "claimSignature.missing": "the signature is missing",
    "ingredient.manifest.missing": "the manifest of an ingredient is missing",
    "ingredient.manifest.mismatch": "the manifest of an ingredient was changed",
    "ingredient.claimSignature.mismatch": "the signature of an ingredient was changed",
    "signingCredential.untrusted": vouching.UNKNOWN_AUTHORITY,
    "signingCredential.expired": "the signer's certificate had expired",
    "signingCredential.invalid": "the certificate is not one that may sign claims",
}


NO_PROFILE = "no trust profile was given"


@dataclass(frozen=True, slots=True)
class Status:
    """One validation status: what was checked, and the engine's sentence about it."""

    code: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Statuses:
    """The statuses of one manifest, by what they mean."""

    success: tuple[Status, ...] = ()
    informational: tuple[Status, ...] = ()
    failure: tuple[Status, ...] = ()

    def has(self, code: str) -> bool:
        """Return whether a check of this code succeeded."""
        return any(status.code == code for status in self.success)

    def failure_codes(self) -> tuple[str, ...]:
        """Return the codes of failed checks, each once, in order."""
        return tuple(dict.fromkeys(status.code for status in self.failure))


def statuses(results: Json) -> Statuses:
    """Return the statuses in a validation result, whatever shape it has."""
    found = mapping(results)

    def listed(kind: str) -> tuple[Status, ...]:
        entries = map(mapping, sequence(found.get(kind)))
        return tuple(Status(text(e.get("code")) or "unnamed", text(e.get("explanation")) or "") for e in entries)

    return Statuses(listed("success"), listed("informational"), listed("failure"))


def in_words(codes: tuple[str, ...]) -> str:
    """Return what failure codes mean, in words where there are some, with the codes."""
    return "; ".join(f"{_WORDS[code]} ({code})" if code in _WORDS else code for code in codes)


def breaking(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return those failure codes that say a file or manifest is not what was signed. Unknown codes count."""
    return tuple(code for code in codes if not code.startswith((*_OF_TRUST, _OF_IDENTITY)))


def integrity(found: Statuses, state: str) -> Answer:
    """Return valid | invalid. Valid needs proof of the signature and of the binding to the content."""
    failed = found.failure_codes()
    broken = breaking(failed)
    if broken:
        return Answer("invalid", in_words(broken))
    if not found.has("claimSignature.validated"):
        return Answer("invalid", "the claim's signature did not verify" + (f": {in_words(failed)}" if failed else ""))
    if not any(_BOUND.fullmatch(status.code) for status in found.success):
        return Answer("invalid", "nothing binds the manifest to this content")
    if state == "Invalid" and not failed:
        return Answer("invalid", "the manifest failed validation without a reason being given")
    if any(status.code == _LEFT_OUT for status in (*found.success, *found.informational)):
        return Answer("valid", "the signature holds; its signer left further parts of the file unprotected")
    return Answer("valid", "the signature holds and the content is what was signed")


def trust(
    found: Statuses,
    state: str,
    trust_list: str | None,
    chain: tuple[x509.Certificate, ...],
    profile: TrustProfile | None,
    at: datetime | None,
    *,
    time_is_trusted: bool,
) -> Answer:
    """Return trusted | untrusted | not_checked for the signer of the active manifest."""
    if profile is None:
        return Answer("not_checked", NO_PROFILE)
    vouched = vouching.for_claims(chain, profile, at, time_is_trusted=time_is_trusted)
    if vouched.by is None:
        return Answer("untrusted", vouched.problem or vouching.UNKNOWN_AUTHORITY)
    failed = tuple(code for code in found.failure_codes() if code.startswith(_OF_TRUST))
    if failed:
        return Answer("untrusted", in_words(failed))
    # One authority may stand on several lists, and the engine names any of them, whatever it is for; that the chain
    # leads to a list for claims is what was found above.
    if not found.has("signingCredential.trusted") or trust_list not in profile.uris():
        return Answer("untrusted", _WORDS["signingCredential.untrusted"])
    if breaking(found.failure_codes()):
        return Answer("untrusted", "what the signer signed is no longer intact")
    # The engine takes an untrusted organisation's identity (CAWG) for a lesser state of the whole; that is
    # `identity`'s answer, and hides nothing here.
    if state != "Trusted" and not any(code.startswith(_OF_IDENTITY) for code in found.failure_codes()):
        return Answer("untrusted", f"the manifest as a whole is {state.lower()}")
    return Answer("trusted", f"the signer's certificate leads to {vouched.by.described(at)}")


def time(found: Statuses, profile: TrustProfile | None, now: datetime | None = None) -> Answer:
    """Return trusted | untrusted | none for when the manifest was signed. now: when this is asked."""
    every = (*found.success, *found.informational, *found.failure)
    about_time = [status for status in every if status.code.startswith("timeStamp.")]
    if not about_time:
        return Answer("none", "the manifest carries no time-stamp")
    if profile is None:
        return Answer("untrusted", "no trust profile was given")
    if not found.has("timeStamp.validated"):
        return Answer("untrusted", in_words(tuple(status.code for status in about_time)))
    for status in found.success:
        # The list stands at the end, after a certificate's name which a stranger chose. Time-stamps of old
        # manifests are called "legacy" and trusted by the engine whoever made them.
        for anchor, one in profile.paired("tsa"):
            sentence, uri = status.explanation, anchor.uri
            named = sentence.startswith("timestamp cert trusted: ") and sentence.endswith(f", trust list: {uri}")
            if status.code == "timeStamp.trusted" and named:
                return Answer("trusted", f"the time-stamp's authority leads to {one.described(now)}")
    return Answer("untrusted", "the time-stamp's authority is on no list that is trusted for time")


def time_stated(manifest: Mapping[str, Json]) -> datetime | None:
    """Return the time that a manifest's time-stamp states, trusted or not."""
    return moment(mapping(mapping(manifest.get("signature")).get("timeStampInfo")).get("timestamp"))


def revocation(found: Statuses) -> Answer:
    """Return good | revoked | not_checked | unknown | unreachable, by what the manifest carries. Fetches nothing."""
    every = (*found.success, *found.informational, *found.failure)
    codes = [status.code for status in every]
    if any(code in _REVOKED for code in codes):
        return Answer("revoked", "the signer's certificate was revoked")
    for ending, value, why in (
        ("unknown", "unknown", "the certificate's authority does not know it"),
        ("inaccessible", "unreachable", "the authority could not be asked"),
        ("skipped", "not_checked", "the manifest carries no proof, and nothing is fetched"),
    ):
        if f"signingCredential.ocsp.{ending}" in codes:
            return Answer(value, why)
    if found.has("signingCredential.ocsp.notRevoked"):
        return Answer("good", "the manifest carries its authority's word that the certificate stands")
    return Answer("not_checked", "the manifest says nothing about it, and nothing is fetched")


def identity(found: Statuses, profile: TrustProfile | None, now: datetime | None = None, *, stated: bool) -> Answer:
    """Return verified | unverified | absent for the organisation that a CAWG identity assertion names."""
    every = (*found.success, *found.informational, *found.failure)
    if not stated and not any(status.code.startswith(_OF_IDENTITY) for status in every):
        return Answer("absent", "no organisation has put its identity to it")
    failed = tuple(code for code in found.failure_codes() if code.startswith(_OF_IDENTITY))
    if failed:
        return Answer("unverified", in_words(failed))
    if profile is None or not profile.uris("cawg"):
        return Answer("unverified", "no list of organisations to trust was given")
    if found.has("cawg.x509.signature.validated") and found.has("cawg.x509.credential.trusted"):
        # The engine does not say by which of several lists.
        lists = "; or ".join(one.described(now) for _, one in profile.paired("cawg"))
        return Answer("verified", f"the organisation's signature holds and its certificate leads to {lists}")
    return Answer("unverified", "the identity assertion could not be verified")
