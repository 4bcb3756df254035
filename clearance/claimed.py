"""What the declaration claims, as facts: use, production, client, disclosure, tools and synthetic performers.

Nothing is checked here but what follows from the claims themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.person_facts import SyntheticFacts
from policies.use_facts import (
    ClientFacts,
    DeclaredFacts,
    DisclosureFacts,
    ProductionFacts,
    ToolFacts,
    UseFacts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clearance.declaration import Declaration
    from consent.values import Performer
    from detectors.values import Identification

# The categories of use that mean an advertisement, as grants and declarations spell them.
_ADVERTISING: Final = frozenset({"advertisement", "advertising", "commercial", "commercials"})


def use_facts(declaration: Declaration, file: str) -> UseFacts:
    """Return the facts of the use. A character counts for the file when all its replicas play the same one."""
    use = declaration.use
    replicas = declaration.replicas_in(file)
    characters = {replica.character for replica in replicas}
    scenes = [replica.scenes for replica in replicas]
    stated = use.model_dump(
        include={
            *("first_distributed", "territories", "media", "categories", "approvals", "final", "advertiser", "product"),
            *("audio_only", "promotes_own_work", "translation_only", "real_time", "training", "reuse", "story_role"),
            *("factual", "date"),
        }
    )
    return UseFacts(
        **stated,
        project=declaration.production.project,
        content_tags=use.content,
        character=characters.pop() if len(characters) == 1 else None,
        scenes=_joined(scenes) if scenes else None,
        generative_ai=any(tool.generative for tool in declaration.tools),
        advertisement=advertisement(use.categories),
    )


def advertisement(categories: Sequence[str] | None) -> bool | None:
    """Return whether the declared categories mean an advertisement, None where none are declared."""
    if categories is None:
        return None
    return any(category.casefold().strip() in _ADVERTISING for category in categories)


def production_facts(declaration: Declaration, performers: Mapping[str, Performer | None]) -> ProductionFacts:
    """Return the facts of the production. performers: who the declared replicas are, None for the unregistered."""
    production = declaration.production
    places, unknown = jurisdictions(declaration, performers)
    return ProductionFacts(
        **production.model_dump(exclude={"title", "project", "client", "eidr", "isan", "governing_law"}),
        jurisdictions=places,
        jurisdictions_unknown=unknown,
    )


def jurisdictions(
    declaration: Declaration, performers: Mapping[str, Performer | None]
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Return (the places whose law may apply, what nobody has named that belongs among them).

    Territories of the use, governing law of the contracts, homes of the performers replicated. None, None where not
    even the territories are declared.
    """
    territories, law = declaration.use.territories, declaration.production.governing_law
    if territories is None:
        return None, None
    homes = {ref: performer.domicile if performer else None for ref, performer in performers.items()}
    places = {*territories, *([law] if law else ()), *(home for home in homes.values() if home)}
    unknown = [f"where {ref} lives" for ref, home in sorted(homes.items()) if home is None]
    if law is None:
        unknown.insert(0, "the law that governs the contracts")
    # Where the whole world is among the places, nothing more can be added to them.
    return tuple(sorted(places)), () if "WORLD" in places else tuple(unknown)


def client_facts(declaration: Declaration) -> ClientFacts:
    """Return what the client was told and has approved."""
    return ClientFacts(**declaration.client.model_dump())


def disclosure_facts(declaration: Declaration) -> DisclosureFacts:
    """Return what the audience is told."""
    return DisclosureFacts(**declaration.disclosure.model_dump())


def tool_facts(declaration: Declaration) -> tuple[ToolFacts, ...]:
    """Return the tools that touched the media."""
    return tuple(ToolFacts(**tool.model_dump(exclude={"version", "vendor"})) for tool in declaration.tools)


def declared_facts(declaration: Declaration, file: str) -> DeclaredFacts:
    """Return what is declared for a file, counted."""
    return DeclaredFacts(
        replicas=len(declaration.replicas_in(file)),
        generative_tools=sum(tool.generative for tool in declaration.tools),
        synthetic_performers=len(declaration.synthetic_in(file)),
    )


def synthetic_facts(
    declaration: Declaration, file: str, identifications: Sequence[Identification], search_mode: str
) -> tuple[SyntheticFacts, ...]:
    """Return the synthetic performers declared for a file, and whether anybody undeclared was recognised beside them.

    A face that matches a performer whom the declaration names is taken for that performer.
    """
    declared = declaration.performers_in(file)
    searched = search_mode == "registry"
    alike = any(
        i.decision in ("match", "review") and i.candidates[0].performer not in declared for i in identifications
    )
    return tuple(
        SyntheticFacts(
            **synthetic.model_dump(exclude={"description", "files"}),
            resembles_enrolled=alike if searched else None,
            likeness_search=searched,
        )
        for synthetic in declaration.synthetic_in(file)
    )


def _joined(lists: Sequence[tuple[str, ...] | None]) -> tuple[str, ...] | None:
    """Return all entries once, None where one of the lists is not known."""
    if any(each is None for each in lists):
        return None
    return tuple(dict.fromkeys(entry for each in lists if each for entry in each))
