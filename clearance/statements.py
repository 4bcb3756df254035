"""What a manifest states about a file, derived from the supplier's declaration: source type, tools, languages.

Nothing is stated that the declaration does not say; where it leaves the source type open, the user names one, and
one that contradicts the declaration is refused.
Standard: IPTC Digital Source Type (2024-10-23), C2PA Technical Specification 2.x, section 18.15 (actions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clearance.errors import ConfigurationError, SigningRefused
from provenance import source_types
from provenance.manifest import Agent, Edit
from provenance.statements import Production, production

if TYPE_CHECKING:
    from clearance.declaration import Declaration
    from clearance.declared_parts import Tool
    from provenance.json_shapes import Json
    from provenance.manifest import ExtraAssertion

# Made by hand, or by a rule without training data: untrue of what a trained model made.
_BY_HAND: Final = frozenset({"algorithmicMedia", "digitalCreation", "humanEdits"})


@dataclass(frozen=True, slots=True)
class Stated:
    """What a manifest will state about one file, apart from consent."""

    source_type: str
    agent: Agent | None
    edits: tuple[Edit, ...]
    production: ExtraAssertion
    all_actions_included: bool


def stated_of(declaration: Declaration, file: str, *, source_type: str | None, plates: bool) -> Stated:
    """Return what a manifest of file states. plates: other material that went into it is named as ingredients.

    Raises ConfigurationError where the source type is open or unknown, SigningRefused where it is untrue.
    """
    tools = sorted(declaration.tools, key=lambda tool: not tool.generative)
    agents = [_agent(tool) for tool in tools]
    named = declaration.production
    return Stated(
        source_type=_source_type(declaration, file, source_type, plates=plates),
        agent=agents[0] if agents else None,
        edits=(*(Edit("c2pa.edited", agent) for agent in agents[1:]), *_dubbing(declaration, file)),
        production=production(Production(named.title, named.project, named.eidr, named.isan)),
        all_actions_included=declaration.complete,
    )


def derived_source_type(declaration: Declaration, file: str, *, plates: bool) -> str | None:
    """Return the source type that follows from the declaration, or None where it leaves several open.

    A replica made with a trained model, or a generated performer beside a filmed one: compositeWithTrained-
    AlgorithmicMedia. Generated performers and nothing filmed: trainedAlgorithmicMedia. A generative tool for other
    elements: compositeSynthetic. A replica without a trained model (scan-driven): composite.
    """
    generative = any(tool.generative for tool in declaration.tools)
    replicas = bool(declaration.replicas_in(file))
    filmed = plates or bool(declaration.on_camera_in(file))
    if replicas:
        return "compositeWithTrainedAlgorithmicMedia" if generative else "composite"
    if not generative:
        return None
    if declaration.synthetic_in(file):
        return "compositeWithTrainedAlgorithmicMedia" if filmed else "trainedAlgorithmicMedia"
    return "compositeSynthetic"


def _source_type(declaration: Declaration, file: str, named: str | None, *, plates: bool) -> str:
    if named is None:
        derived = derived_source_type(declaration, file, plates=plates)
        if derived is None:
            raise ConfigurationError(
                f"{file}: the declaration names neither a replica nor a generative tool, so the source type is open; "
                "name it with --source-type, for instance digitalCapture"
            )
        return derived
    if source_types.status(named) != "current":
        known = ", ".join(sorted(source_types.CURRENT))
        raise ConfigurationError(f'"{named}" is no current IPTC source type; use one of {known}')
    untrue = _untrue(declaration, file, source_types.short(named), plates=plates)
    if untrue:
        raise SigningRefused(f"{file}: source type {named} {untrue}")
    return named


def _untrue(declaration: Declaration, file: str, term: str, *, plates: bool) -> str | None:
    """Return in what a source type contradicts the declaration, or None."""
    replicas = bool(declaration.replicas_in(file))
    generative = any(tool.generative for tool in declaration.tools)
    instead = "use compositeWithTrainedAlgorithmicMedia, or correct the declaration"
    if term in source_types.CAPTURE and (replicas or generative):
        return f"says that a camera recorded it, but the declaration names a replica or a generative tool; {instead}"
    if term in _BY_HAND and generative:
        return f"says that no trained model made it, but the declaration names a generative tool; {instead}"
    made = generative or replicas or bool(declaration.synthetic_in(file))
    if term in source_types.GENERATED and not made:
        return "says that a trained model made it, but the declaration names nothing generated; correct one of them"
    if term == "trainedAlgorithmicMedia" and (plates or declaration.on_camera_in(file)):
        return f"says that all of it is generated, but something in it was filmed; {instead}"
    return None


def _agent(tool: Tool) -> Agent:
    return Agent(tool.name, tool.version)


def _dubbing(declaration: Declaration, file: str) -> tuple[Edit, ...]:
    edits: list[Edit] = []
    for dubbed in declaration.dubbing_in(file):
        languages: dict[str, Json] = {"targetLanguage": dubbed.language}
        if dubbed.original:
            languages["sourceLanguage"] = dubbed.original
        edits += (Edit("c2pa.dubbed"), Edit("c2pa.translated", parameters=languages))
    return tuple(edits)
