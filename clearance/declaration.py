"""The supplier's declaration: what it says it made, with whom, with which tools, for which use.

A YAML file, read through the located reader of `policies`, so that every problem carries file:line:column.
The declaration is a claim, not a fact: the audit reconciles it with what was found on screen.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, ValidationError

from clearance.declaration_template import TEMPLATE as TEMPLATE  # part of this module's interface
from clearance.declared_parts import (
    Client,
    DeclaredUse,
    Disclosure,
    Dubbing,
    Name,
    Names,
    OnCamera,
    Part,
    Production,
    Replica,
    SyntheticPerformer,
    Tool,
)
from clearance.errors import DocumentRejected
from policies.document import located_problems, read_document

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = "clearance.declaration/1"

PackName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,30}$")]


class Declaration(Part):
    """The whole declaration.

    policies: ids of the rule packs that bind the production beside CORE, BIO and PROV; ids alone, since a supplier
    must not name files of the reader's.
    """

    schema_: Literal["clearance.declaration/1"] = Field(alias="schema")
    supplier: Name
    production: Production
    policies: Annotated[tuple[PackName, ...], Field(max_length=50)] = ()
    use: DeclaredUse
    client: Client = Client()
    disclosure: Disclosure = Disclosure()
    plates: Names | None = None
    tools: tuple[Tool, ...] = ()
    replicas: tuple[Replica, ...] = ()
    on_camera: tuple[OnCamera, ...] = ()
    synthetic_performers: tuple[SyntheticPerformer, ...] = ()
    dubbing: tuple[Dubbing, ...] = ()
    complete: bool = False
    attestations: Names = ()

    def replicas_in(self, file: str) -> tuple[Replica, ...]:
        """Return the replicas declared for a file."""
        return tuple(r for r in self.replicas if _names(r.files, file))

    def performers_in(self, file: str) -> frozenset[str]:
        """Return the references of all performers declared for a file, as replica or on camera."""
        filmed = (p.performer for p in self.on_camera_in(file))
        return frozenset((*filmed, *(r.performer for r in self.replicas_in(file))))

    def on_camera_in(self, file: str) -> tuple[OnCamera, ...]:
        """Return the performers who were filmed for a file."""
        return tuple(p for p in self.on_camera if _names(p.files, file))

    def dubbing_in(self, file: str) -> tuple[Dubbing, ...]:
        """Return the dubbing declared for a file."""
        return tuple(d for d in self.dubbing if _names(d.files, file))

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
