"""The published schemas and the page of facts are those of the models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest

from policies.facts import Facts
from policies.published import facts_page, published
from policies.use_facts import AssetFacts
from policies.vocabulary import SUBJECTS, fact_paths

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("file", published(), ids=lambda file: file.name)
def test_what_is_published_is_what_the_models_say(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == published()[file], 'write it again: "python -m policies.published"'


def test_the_schemas_accept_what_they_describe() -> None:
    schemas = {file.name: json.loads(text) for file, text in published().items() if file.suffix == ".json"}
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    recorded = json.loads(Facts(asset=AssetFacts(sha256="ab" * 32)).model_dump_json())
    jsonschema.validate(recorded, schemas["facts-1.json"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(recorded | {"weather": "rain"}, schemas["facts-1.json"])


def test_the_page_lists_every_fact_with_its_description() -> None:
    page = facts_page()
    for kind in SUBJECTS:
        for path, description in fact_paths(kind).items():
            # Sentences for messages are one row, and lists of subjects are described at the top.
            if "." in path and ".why." not in path:
                (row,) = (line for line in page.splitlines() if line.startswith(f"| `{path}` |"))
                assert row.endswith(f"| {description} |")


def test_a_facts_kind_is_told_in_words() -> None:
    page = facts_page()
    for path, kind in {
        "use.date": "moment",
        "use.media": "list of texts",
        "asset.sha256": "SHA-256",
        "tool.terms_document": "SHA-256",
        "production.strike": "true or false",
        "replica.consent.term": "`covered`, `not_covered`",
        "replica.consent.notice_hours": "whole number",
    }.items():
        assert f"| `{path}` | {kind} |" in page
