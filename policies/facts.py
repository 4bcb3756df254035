"""The vocabulary of the rules: every fact that a rule may read, typed and described.

The application fills these models; rules name them by path, such as `replica.consent.term`. None means
"not known" and never means no: such a fact is left out when rules are evaluated, so that a rule reading it
answers "unknown". Every description says what the fact is and where it comes from; it is what a finding
prints when the fact is missing.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationError

from policies.document import plain_words
from policies.errors import FactsInvalid
from policies.evidence_facts import BiometricFacts, ManifestFacts, ModelFacts
from policies.fact_fields import FactGroup
from policies.located_yaml import printable
from policies.person_facts import AppearanceFacts, AttestationFacts, PerformerFacts, ReplicaFacts, SyntheticFacts
from policies.use_facts import (
    AssetFacts,
    ClientFacts,
    DeclaredFacts,
    DisclosureFacts,
    ProductionFacts,
    ToolFacts,
    UseFacts,
)

# A long feature scanned without joins stays far below this; the bound is for recorded facts from outside.
LIMIT_BYTES = 64 * 1024 * 1024
MAX_PROBLEMS = 100


class Facts(FactGroup):
    """Everything that rules may read about one asset."""

    asset: AssetFacts
    use: UseFacts = Field(default_factory=UseFacts)
    production: ProductionFacts = Field(default_factory=ProductionFacts)
    client: ClientFacts = Field(default_factory=ClientFacts)
    disclosure: DisclosureFacts = Field(default_factory=DisclosureFacts)
    manifest: ManifestFacts = Field(default_factory=ManifestFacts)
    declared: DeclaredFacts = Field(default_factory=DeclaredFacts)
    biometrics: BiometricFacts = Field(default_factory=BiometricFacts)
    model: ModelFacts = Field(default_factory=ModelFacts)
    tools: tuple[ToolFacts, ...] = ()
    replicas: tuple[ReplicaFacts, ...] = ()
    synthetics: tuple[SyntheticFacts, ...] = ()
    appearances: tuple[AppearanceFacts, ...] = ()
    performers: tuple[PerformerFacts, ...] = ()
    attestations: tuple[AttestationFacts, ...] = ()


def facts_from_json(text: str | bytes) -> Facts:
    """Return recorded facts, as written by `facts.model_dump_json()`. Raises FactsInvalid."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(content) > LIMIT_BYTES:
        raise FactsInvalid((f"document: larger than {LIMIT_BYTES} bytes",))
    try:
        return Facts.model_validate_json(content)
    except ValidationError as error:
        problems = error.errors(include_url=False)[:MAX_PROBLEMS]
        raise FactsInvalid(
            tuple(f"{printable('.'.join(map(str, p['loc']))) or 'document'}: {plain_words(p)}" for p in problems)
        ) from error


def fact_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the vocabulary, for editors and for checking recorded facts."""
    return Facts.model_json_schema()
