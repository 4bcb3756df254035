"""The supplier's declaration: what it says it made, with whom, with which tools, for which use.

A YAML file, read through the located reader of `policies`, so that every problem carries file:line:column.
The declaration is a claim, not a fact: the audit reconciles it with what was found on screen.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 -- pydantic needs the type at run time
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clearance.errors import DocumentRejected
from policies.document import located_problems, read_document

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = "clearance.declaration/1"

Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[tuple[Name, ...], Field(max_length=1000)]
PerformerRef = Annotated[str, Field(pattern=r"^P-[0-9A-Z]{4,16}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Production(_Part):
    """What the media belongs to; project is compared with the project named in the grants."""

    title: Name
    project: Name
    client: Name | None = None


class DeclaredUse(_Part):
    """How and when the media will be used; what is left out is unknown and holds the asset where a rule needs it."""

    date: date
    territories: Names | None = None
    media: Names | None = None
    categories: Names | None = None
    final: bool | None = None
    advertiser: Name | None = None
    product: Name | None = None
    sequel: bool | None = None
    content: Names | None = None
    approvals: Names | None = None


class Tool(_Part):
    """A tool that touched the media; generative says whether it makes picture content."""

    name: Name
    version: Name | None = None
    vendor: Name | None = None
    generative: bool


class Replica(_Part):
    """A digital replica of an enrolled performer, in the files it was used in (all files when none is named)."""

    performer: PerformerRef
    kind: Literal["EBDR", "ICDR", "BADR", "DA", "SP"]
    modalities: Annotated[tuple[Literal["face", "voice", "body", "motion"], ...], Field(min_length=1)] = ("face",)
    character: Name | None = None
    scenes: Names | None = None
    files: Names | None = None


class OnCamera(_Part):
    """An enrolled performer who was filmed, in the files named; no replica, so no replica consent is asked for."""

    performer: PerformerRef
    files: Names | None = None


class SyntheticPerformer(_Part):
    """A generated person who is meant to be nobody."""

    name: Name
    description: Name | None = None
    files: Names | None = None


class Declaration(_Part):
    """The whole declaration."""

    schema_: Literal["clearance.declaration/1"] = Field(alias="schema")
    supplier: Name
    production: Production
    use: DeclaredUse
    tools: tuple[Tool, ...] = ()
    replicas: tuple[Replica, ...] = ()
    on_camera: tuple[OnCamera, ...] = ()
    synthetic_performers: tuple[SyntheticPerformer, ...] = ()

    def replicas_in(self, file: str) -> tuple[Replica, ...]:
        """Return the replicas declared for a file."""
        return tuple(r for r in self.replicas if _names(r.files, file))

    def performers_in(self, file: str) -> frozenset[str]:
        """Return the references of all performers declared for a file, as replica or on camera."""
        filmed = (p.performer for p in self.on_camera if _names(p.files, file))
        return frozenset((*filmed, *(r.performer for r in self.replicas_in(file))))

    def synthetic_in(self, file: str) -> tuple[SyntheticPerformer, ...]:
        """Return the synthetic performers declared for a file."""
        return tuple(s for s in self.synthetic_performers if _names(s.files, file))


def _names(patterns: tuple[str, ...] | None, file: str) -> bool:
    name = PurePath(file).name
    return patterns is None or any(fnmatchcase(name, pattern) for pattern in patterns)


def load(path: Path) -> Declaration:
    """Return the declaration in a YAML file; raises DocumentRejected with every problem as file:line:column."""
    document = read_document(path)
    try:
        return Declaration.model_validate(document.data)
    except ValidationError as error:
        raise DocumentRejected(located_problems(document, error, Declaration)) from error


def unknown_performers(path: Path, declaration: Declaration, registered: set[str]) -> tuple[str, ...]:
    """Return one located problem for each performer that the declaration names and the registry does not know."""
    document = read_document(path)
    return tuple(
        f"{document.locate((part, place, 'performer'))}: performer {entry.performer} is not registered; "
        'see "clearance performer list"'
        for part in ("replicas", "on_camera")
        for place, entry in enumerate(getattr(declaration, part))
        if entry.performer not in registered
    )


TEMPLATE: Final = """\
# The supplier's declaration. Check it with: clearance declare lint FILE
schema: clearance.declaration/1
supplier: Example VFX Ltd
production:
  title: Night Harbour
  project: NIGHT-HARBOUR          # spelled as in the grants
  # client: Example Studio
use:
  date: 2026-11-22                # the day of the use that is judged
  territories: [WORLD]            # ISO 3166 codes (US, FR, US-CA), EU, EEA or WORLD
  media: [streaming]              # as in the grants: theatrical, streaming, broadcast, home video, online, print
  categories: [series]            # likewise: feature film, series, trailer, advertising, game, merchandise
  final: true                     # does the output reach a final deliverable?
  # sequel: true                  # the use is in a sequel or spin-off of what was agreed on
  content: []                     # tags that grants may prohibit: nudity, intimacy, violence, politics, ...
  approvals: []                   # approval steps obtained, as the grants name them
tools:                            # every tool that touched the picture
  - {name: FaceComposer, version: "4.1", vendor: Example Tools, generative: true}
replicas: []                      # one entry per performer and kind of replica, for example:
#  - performer: P-7K2M9QXA        # "clearance performer list" shows the references
#    kind: ICDR                   # EBDR, ICDR, BADR, DA or SP
#    modalities: [face]           # face, voice, body, motion
#    character: The Keeper
#    scenes: ["12", "14"]
#    files: ["harbour-*.mp4"]     # left out: every file
on_camera: []                     # enrolled performers who were filmed: no replica
#  - {performer: P-7K2M9QXA}
synthetic_performers: []          # generated people who are meant to be nobody
#  - {name: Dockhand 2, description: background}
"""
