"""What a file's manifest says about its making, as facts; terms that follow from several entries are derived here."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from policies.evidence_facts import ManifestFacts
from provenance.labels import CONSENT
from provenance.privacy import personal_data
from provenance.source_types import CAPTURE, GENERATED, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance.reading import ProvenanceReading
    from provenance.trust import TrustProfile

# A language tag as RFC 5646 (BCP 47) forms it, which C2PA asks for.
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_STRICTNESS: Final = ("allowed", "constrained", "notAllowed")
# The first is of CAWG, the second of C2PA before 2.0.
_TRAINING_LABELS: Final = ("cawg.training-mining", "c2pa.training-mining")


def manifest_facts(reading: ProvenanceReading, plates: int | None, trust: TrustProfile | None) -> ManifestFacts:
    """Return the facts of a file's manifest.

    plates: how many source plates the declaration names. trust: by which the manifest was read.
    """
    if not reading.present:
        return ManifestFacts(present=False, plates=plates)
    readable = reading.integrity.value in ("valid", "invalid")
    created = [action for action in reading.actions if action.name == "c2pa.created"]
    status = reading.source_type_status
    answers: dict[str, Any] = {"time_stamp": reading.time.value, "revocation": reading.revocation.value}
    latent_in, latent_out = latent_marks(reading)
    vouching = trust.list_at(reading.trust_list) if trust and reading.trust.value == "trusted" else None
    return ManifestFacts(
        present=True,
        integrity=cast("Literal['valid', 'invalid']", reading.integrity.value) if readable else None,
        trust=cast("Literal['trusted', 'untrusted', 'not_checked', 'absent']", reading.trust.value),
        trust_list=vouching.origin if vouching else None,
        first_action=reading.actions[0].name if reading.actions else "none",
        created_has_source_type=all(action.source_type for action in created),
        source_type=reading.source_type,
        source_type_status=cast("Literal['current', 'retired', 'unknown']", status) if status != "absent" else None,
        is_capture=reading.source_type in CAPTURE if reading.source_type else None,
        personal_data=personal_data(reading),
        consent_assertion="absent" if reading.consent is None else "created" if reading.consent.created else "gathered",
        ingredients=len(reading.ingredients),
        ingredients_intact=reading.chain_intact,
        plates=plates,
        all_actions_included=reading.all_actions_included,
        translated=any(action.name == "c2pa.translated" for action in reading.actions),
        translation_language=translation_language(reading),
        training_terms=training_terms(reading),
        consent_redacted=any(CONSENT in redacted for redacted in reading.redactions),
        contradictions=contradictions(reading),
        latent_in=latent_in,
        latent_out=latent_out,
        **answers,
    )


def translation_language(reading: ProvenanceReading) -> bool | None:
    """Return whether each recorded translation names the language that it is in; None where nothing was translated."""
    named = [action.target_language for action in reading.actions if action.name == "c2pa.translated"]
    return all(_LANGUAGE.fullmatch(language or "") for language in named) if named else None


def training_terms(reading: ProvenanceReading) -> Literal["allowed", "notAllowed", "constrained", "absent"] | None:
    """Return the strictest term about training that the manifest states, "absent" where it states none.

    "constrained" without saying how counts as notAllowed (CAWG Training and Data Mining Assertion 1.1). None where
    an entry can't be read: then nobody knows what it permits.
    """
    found = [
        _training_term(entry)
        for assertion in reading.assertions
        if assertion.label.startswith(_TRAINING_LABELS)
        for entry in _entries(assertion.data)
    ]
    if not found:
        told = any(assertion.label.startswith(_TRAINING_LABELS) for assertion in reading.assertions)
        return None if told else "absent"
    if any(term is None for term in found):
        return None
    strictest = max((term for term in found if term), key=_STRICTNESS.index)
    return cast("Literal['allowed', 'notAllowed', 'constrained']", strictest)


def _entries(data: object) -> Iterable[object]:
    entries = data.get("entries") if isinstance(data, dict) else None
    return entries.values() if isinstance(entries, dict) else ()


def _training_term(entry: object) -> str | None:
    use = entry.get("use") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or use not in _STRICTNESS:
        return None
    return "notAllowed" if use == "constrained" and not entry.get("constraint_info") else str(use)


def contradictions(reading: ProvenanceReading) -> tuple[str, ...]:
    """Return in words which recorded actions contradict each other."""
    names = [action.name for action in reading.actions]
    found = []
    for first in ("c2pa.created", "c2pa.opened"):
        if names.count(first) > 1:
            found.append(f"{first} is recorded {names.count(first)} times")
        elif first in names[1:]:
            found.append(f"{first} is recorded after {names[0]}")
    generated = sorted({a.name for a in reading.actions if a.source_type and short(a.source_type) in GENERATED})
    if generated and reading.source_type in CAPTURE:
        found.append(f"the source type {reading.source_type} means a recording, and {', '.join(generated)} generated")
    return tuple(found)


def latent_marks(reading: ProvenanceReading) -> tuple[bool, bool]:
    """Return (an ingredient's history admits generated content, the file's own manifest does), by the source types."""
    own = Counter(short(action.source_type) for action in reading.actions if action.source_type)
    inherited = Counter(short(stated) for stated in reading.declared_source_types) - own
    return bool(GENERATED & set(inherited)), bool(GENERATED & set(own))
