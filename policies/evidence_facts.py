"""Facts that were measured: what the manifest says, which model compared faces, and how the check itself behaved."""

from __future__ import annotations

from typing import Literal

from pydantic import StrictBool

from policies.fact_fields import Count, FactGroup, Text, Texts, fact


class ManifestFacts(FactGroup):
    """What the file says about its own making (C2PA)."""

    present: StrictBool | None = fact("whether the file carries a C2PA manifest, from reading the file")
    integrity: Literal["valid", "invalid"] | None = fact(
        "whether the manifest's signature and the binding to the file's content hold, from validating it"
    )
    trust: Literal["trusted", "untrusted", "not_checked", "absent"] | None = fact(
        "whether the signer's certificate leads to the trust list in use"
    )
    first_action: Text | None = fact(
        'the first recorded action, such as c2pa.created, or "none" when the manifest lists none'
    )
    created_has_source_type: StrictBool | None = fact("whether the c2pa.created action states a source type")
    source_type: Text | None = fact("the digital source type that the manifest states")
    source_type_status: Literal["current", "retired", "unknown"] | None = fact(
        "the stated source type's standing in IPTC's vocabulary; nothing when none is stated"
    )
    is_capture: StrictBool | None = fact("whether the stated source type means a camera or scanner recorded it")
    personal_data: Texts | None = fact("personal data found in the manifest, one phrase for each find")
    consent_assertion: Literal["created", "gathered", "absent"] | None = fact(
        "whether a consent assertion is present, and whether the signer made or merely gathered it"
    )
    trust_list: Literal["official", "legacy", "studio", "other"] | None = fact(
        "what kind of trust list the signer's certificate leads to; nothing when it leads to none"
    )
    time_stamp: Literal["trusted", "untrusted", "none"] | None = fact(
        "whether an authority for time-stamps that is trusted says when it was signed"
    )
    revocation: Literal["good", "revoked", "not_checked", "unknown", "unreachable"] | None = fact(
        "whether the signer's certificate was revoked, as far as it was asked"
    )
    ingredients: Count | None = fact("how many ingredients the manifest names")
    ingredients_intact: StrictBool | None = fact("whether every ingredient's own manifest holds")
    plates: Count | None = fact("how many source plates or images the declaration names")
    all_actions_included: StrictBool | None = fact("whether the signer says that every edit is recorded")
    translated: StrictBool | None = fact("whether a translation is among the recorded actions")
    translation_language: StrictBool | None = fact("whether each recorded translation names its language")
    training_terms: Literal["allowed", "notAllowed", "constrained", "absent"] | None = fact(
        "what the manifest says about training models on the asset; unqualified constrained counts as notAllowed"
    )
    consent_redacted: StrictBool | None = fact("whether a consent assertion was removed from the history")
    contradictions: Texts | None = fact("recorded actions that contradict each other, one phrase for each")
    latent_in: StrictBool | None = fact("whether an ingredient carried a machine-readable mark of generation")
    latent_out: StrictBool | None = fact("whether the file itself carries a machine-readable mark of generation")


class BiometricFacts(FactGroup):
    """How this check itself handled biometric data."""

    unclaimed_templates_persisted: StrictBool | None = fact(
        "whether face templates of people nobody enrolled were written to disk, from the run itself"
    )
    search_mode: Literal["registry", "declared", "detect"] | None = fact(
        "among whom faces were searched: all enrolled, those declared, or nobody"
    )
    search_purpose: Text | None = fact("the recorded reason for a search among all enrolled, from the settings")
    search_logged: StrictBool | None = fact("whether the search was entered in the registry's ledger")
    vectors_disclosed: StrictBool | None = fact("whether a face vector is in a report or manifest, from the run")
    retention_policy: StrictBool | None = fact("whether a public retention policy exists, from the settings")
    impact_assessment: Text | None = fact("the reference of the data protection impact assessment, from the settings")


class ModelFacts(FactGroup):
    """The face recognition model pack that made the comparisons."""

    name: Text | None = fact("the model pack's name, from its manifest")
    licence: Text | None = fact("the model pack's licence, from its manifest")
    commercial_use: StrictBool | None = fact("whether the licence permits commercial use, from its manifest")
    commercial_purpose: StrictBool | None = fact("whether this check is run commercially, from the settings")
