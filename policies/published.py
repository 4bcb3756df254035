"""What is published of the vocabulary: two JSON Schemas and a page of facts, generated from the models.

`python -m policies.published` writes them again after a fact or a key of packs has changed; a test holds the files
to the models.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from policies.fact_fields import Moment, Sha256
from policies.facts import Facts, fact_schema
from policies.rule import pack_schema
from policies.vocabulary import SUBJECTS, bare, roots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HERE: Final = Path(__file__).parent
_PLAIN: Final[Mapping[Any, str]] = MappingProxyType(
    {bool: "true or false", int: "whole number", float: "number", str: "text"}
)
_ABOUT: Final = """\
# The facts

Every fact that a rule may read, by its path. A fact that nobody stated is not known: a rule that needs it can't be
told and holds the asset. Facts of a replica, an appearance, a performer, a tool and a synthetic performer are read by
rules that are judged once for each of them; `attestation` by rules that ask a person. The lists `replicas`,
`appearances`, `performers`, `tools`, `synthetics` and `attestations` hold the same for all of them. Generated:
`python -m policies.published`.
"""


def published() -> Mapping[Path, str]:
    """Return file → content of everything that is published."""
    return {
        _HERE / "schemas" / "facts-1.json": _schema("facts-1", fact_schema()),
        _HERE / "schemas" / "pack-1.json": _schema("pack-1", pack_schema()),
        _HERE / "FACTS.md": facts_page(),
    }


def facts_page() -> str:
    """Return the page of facts, as Markdown."""
    groups = {name: info.annotation for name, info in Facts.model_fields.items() if get_origin(info.annotation) is None}
    for kind in SUBJECTS:
        groups[kind] = roots(kind)[kind]
    groups["attestation"] = roots("asset")["attestation"]
    return _ABOUT + "".join(_section(name, model) for name, model in groups.items())


def _section(name: str, model: Any) -> str:
    summary = (model.__doc__ or "").strip().splitlines()[0]
    rows = "".join(f"| `{path}` | {kind} | {_cell(text)} |\n" for path, kind, text in _rows(name, model))
    return f"\n## {name}\n\n{summary}\n\n| fact | kind | what it is, and where it comes from |\n|---|---|---|\n{rows}"


def _rows(prefix: str, model: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    for name, info in model.model_fields.items():
        path, inner = f"{prefix}.{name}", bare(info.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _rows(path, inner)
        else:
            yield path, _kind(info.annotation, info.metadata), info.description or ""


def _kind(annotation: Any, metadata: list[Any]) -> str:
    # Pydantic keeps the metadata of a field's own annotation apart from it.
    spelled = (*metadata, *(part for each in get_args(annotation) for part in getattr(each, "__metadata__", ())))
    if any(each in _metadata(Moment) for each in spelled):
        return "moment"
    if any(each in _metadata(Sha256) for each in spelled):
        return "SHA-256"
    inner = bare(annotation)
    if get_origin(inner) is tuple:
        return "list of texts"
    if get_origin(inner) is dict:
        return "sentences"
    if get_origin(inner) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(inner))
    return _PLAIN[inner]


def _metadata(alias: Any) -> tuple[Any, ...]:
    return tuple(alias.__metadata__)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:clearance:schema:{name}"}
    return json.dumps(head | dict(schema), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for file, content in published().items():
        file.write_text(content, encoding="utf-8")
