"""A grant as it is written down: the template, what is refused and where, and hostile documents."""

import hashlib
import json
import re
from datetime import date
from types import MappingProxyType
from typing import Any

import jsonschema
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from consent.errors import GrantInvalid, Problem
from consent.grant import ANY, NewGrant, Scope
from consent.grant_document import GRANT_TEMPLATE, GrantDocument, ScopePart, grant_from, grant_schema
from consent.grant_record import grant_of, record_of

MINIMAL: dict[str, object] = {"signed_on": "2026-09-01", "scope": {}}


def entered(document: object) -> NewGrant:
    return grant_from(document, performer="P-00000001", evidence_reader=None)


def problems(document: object) -> dict[tuple[str | int, ...], str]:
    with pytest.raises(GrantInvalid) as caught:
        entered(document)
    return {problem.path: problem.message for problem in caught.value.problems}


def scoped(**members: object) -> dict[str, object]:
    return {**MINIMAL, "scope": members}


def read(text: str) -> Any:
    """Return YAML with every scalar but a number left as text."""
    tree = yaml.safe_load(re.sub(r"(\d{4}-\d{2}-\d{2})", r'"\1"', text))
    return json.loads(json.dumps(tree))


def test_the_template_is_a_valid_grant() -> None:
    grant = entered(read(GRANT_TEMPLATE))
    assert grant.scope.territories == ("WORLD",)
    assert grant.scope.scenes is ANY
    assert grant.scope.expires_on == date(2036, 8, 31)
    assert grant.training_use.ai_training == "notAllowed"
    assert grant.evidence is None


def test_the_template_shows_every_field() -> None:
    fields = {
        *GrantDocument.model_fields,
        *ScopePart.model_fields,
        *("data_mining", "ai_inference", "ai_generative_training", "ai_training"),
        *("file", "sha256", "signature", "public_key", "custodian", "page"),
    }
    shown = set(re.findall(r"^[# ]*([a-z0-9_]+):", GRANT_TEMPLATE, re.MULTILINE))
    assert fields <= shown


def test_the_commented_lines_of_the_template_are_valid_once_filled_in() -> None:
    lines = re.findall(r"^# ?((?:evidence:|  [a-z0-9_]+: ).*)$", GRANT_TEMPLATE, re.MULTILINE)
    advertising = re.findall(r"^  # ((?:advertiser|product): .*)$", GRANT_TEMPLATE, re.MULTILINE)
    evidence = read("\n".join(lines))["evidence"]
    assert set(evidence) == {"file", "sha256", "signature", "public_key", "custodian", "page"}
    document = scoped(**read("\n".join(advertising)))
    key, contract = Ed25519PrivateKey.generate(), b"the contract"
    contents = {
        "contract.pdf": contract,
        "contract.sig": key.sign(contract),
        "signer.pem": key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }
    document["evidence"] = {**evidence, "sha256": hashlib.sha256(contract).hexdigest()}
    grant = grant_from(document, performer="P-00000001", evidence_reader=contents.__getitem__)
    assert grant.evidence is not None
    assert grant.evidence.signature == "valid"
    assert grant.evidence.page == "12"
    assert grant.scope.product == "Acme Soap"


def test_the_template_agrees_with_the_published_schema() -> None:
    jsonschema.validate(read(GRANT_TEMPLATE), grant_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(scoped(projects=[]), grant_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(scoped(projects="The Long Shore"), grant_schema())


def test_what_is_not_stated_stays_unknown() -> None:
    assert entered(MINIMAL).scope == Scope()
    assert entered(scoped(projects=None)).scope.projects is None


def test_a_mapping_of_any_type_is_read() -> None:
    assert entered(MappingProxyType(MINIMAL)).signed_on == date(2026, 9, 1)


def test_names_are_one_line_and_numbers_are_names() -> None:
    scope = entered(scoped(scenes=[12, " 14A  bis"], territories=["us-ca"])).scope
    assert scope.scenes == ("12", "14A bis")
    assert scope.territories == ("US-CA",)


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        ({"scope": {}}, ("signed_on",), "missing"),
        ({"signed_on": "2026-09-01"}, ("scope",), "missing"),
        ({**MINIMAL, "signed_on": 20260901}, ("signed_on",), "year-month-day"),
        ({**MINIMAL, "signed_on": "2026-02-30"}, ("signed_on",), "calendar"),
        ({**MINIMAL, "form": "oral"}, ("form",), "separately signed"),
        ({**MINIMAL, "colour": "red"}, ("colour",), "no field"),
        (
            {**MINIMAL, "training_use": {"ai_training": "maybe"}},
            ("training_use", "ai_training"),
            "notAllowed",
        ),
        ({**MINIMAL, "prohibitions": "nudity"}, ("prohibitions",), "list"),
        (scoped(projects="The Long Shore"), ("scope", "projects"), "list"),
        (scoped(projects=[]), ("scope", "projects"), "any"),
        (scoped(projects=["Any"]), ("scope", "projects", 0), "stands alone"),
        (scoped(media=["streaming", None]), ("scope", "media", 1), "text"),
        (scoped(scenes=[True]), ("scope", "scenes", 0), "text"),
        (scoped(scenes=["\x1b[31m"]), ("scope", "scenes", 0), "printable"),
        (scoped(territories=["UK"]), ("scope", "territories", 0), "GB"),
        (scoped(replica_kinds=["EBDR", "deepfake"]), ("scope", "replica_kinds", 1), "ICDR"),
        (scoped(expires_on="never"), ("scope", "expires_on"), "year-month-day"),
        (scoped(expires_on="2025-01-01"), ("scope", "expires_on"), "before the grant starts"),
        ({**MINIMAL, "evidence": {"sha256": "abc"}}, ("evidence", "sha256"), "64"),
        ({**MINIMAL, "evidence": {"page": 12}}, ("evidence",), "sha256"),
        ({**MINIMAL, "evidence": {"file": "x.pdf"}}, ("evidence", "file"), "cannot be read here"),
        (["signed_on"], (), "fields"),
        (None, (), "fields"),
    ],
)
def test_a_problem_is_located_by_its_path(document: object, path: tuple[str | int, ...], words: str) -> None:
    found = problems(document)
    assert list(found) == [path]
    assert words in found[path]


def test_every_problem_is_reported_at_once() -> None:
    found = problems({"signed_on": "soon", "scope": {"media": [], "territories": ["UK"]}, "form": "oral"})
    assert set(found) == {("signed_on",), ("scope", "media"), ("scope", "territories", 0), ("form",)}


def test_evidence_is_read_through_the_reader() -> None:
    document = {**MINIMAL, "evidence": {"file": "contract.pdf"}}
    grant = grant_from(document, performer="P-00000001", evidence_reader=lambda name: name.encode())
    assert grant.evidence is not None
    assert grant.evidence.hash_verified


def test_a_grant_comes_back_from_its_record() -> None:
    document = read(GRANT_TEMPLATE)
    document["evidence"] = {"sha256": "AB" * 32, "custodian": "Legal", "page": 3}
    document["scope"]["expires_on"] = "any"
    grant = entered(document)
    assert grant_of(json.loads(json.dumps(record_of(grant)))) == grant


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20)
    | st.sampled_from(["any", "2026-09-01", "EU", "face"])
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SCALARS, inner, max_size=4),
    max_leaves=12,
)
KNOWN = st.sampled_from([*GrantDocument.model_fields, *ScopePart.model_fields, "file", "sha256", "data_mining"])


def outcome(document: object) -> NewGrant | tuple[Problem, ...]:
    try:
        return entered(document)
    except GrantInvalid as error:
        return error.problems


def test_a_number_too_long_to_write_out_is_a_problem() -> None:
    assert set(problems(scoped(scenes=[10**5000]))) == {("scope", "scenes", 0)}


@given(TREES | st.dictionaries(KNOWN, TREES | st.dictionaries(KNOWN, TREES, max_size=6), max_size=6))
def test_any_document_gives_a_grant_or_located_problems(document: object) -> None:
    found = outcome(document)
    if isinstance(found, NewGrant):
        assert grant_of(json.loads(json.dumps(record_of(found)))) == found
    else:
        assert found
        assert all(isinstance(step, str | int) for problem in found for step in problem.path)
        assert all(str(problem) for problem in found)


@given(st.dictionaries(st.sampled_from([*ScopePart.model_fields]), TREES, max_size=6))
def test_any_scope_gives_a_grant_or_problems_in_the_scope(scope: dict[str, object]) -> None:
    found = outcome({"signed_on": "2026-09-01", "scope": scope})
    assert isinstance(found, NewGrant) or all(problem.path[:1] == ("scope",) for problem in found)
