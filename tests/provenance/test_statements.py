"""Training and mining, the production, and a missing audit: what is stated, and never more than was said."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from provenance import labels, privacy, verify
from provenance.errors import ManifestInvalid
from provenance.sign import sign
from provenance.statements import TRAINING_USES, Production, production, training_mining, without_audit

if TYPE_CHECKING:
    from provenance.consent_assertion import LikenessConsent

    from .conftest import Studio

words = st.none() | st.sampled_from(["allowed", "notAllowed", "constrained"])


def uses(stated: list[dict[str, str | None]]) -> dict[str, str]:
    made: Any = training_mining(stated)
    return {key.removeprefix("cawg."): entry["use"] for key, entry in made.data["entries"].items()}


def test_nobodys_statement_makes_no_assertion() -> None:
    assert training_mining([]) is None


@pytest.mark.parametrize("word", ["notAllowed", "constrained", None, "perhaps"])
def test_one_performer_who_does_not_plainly_allow_a_use_forbids_it_for_the_file(word: str | None) -> None:
    everything: dict[str, str | None] = dict.fromkeys(TRAINING_USES, "allowed")
    assert set(uses([everything]).values()) == {"allowed"}
    found = uses([everything, everything | {"ai_training": word}])
    assert found["ai_training"] == "notAllowed"
    assert found["data_mining"] == "allowed"


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(TRAINING_USES, words)), min_size=1, max_size=5))
def test_a_use_is_allowed_exactly_if_everybody_allows_it(stated: list[dict[str, str | None]]) -> None:
    found = uses(stated)
    assert found.keys() == set(TRAINING_USES)
    for use in TRAINING_USES:
        assert (found[use] == "allowed") == all(one.get(use) == "allowed" for one in stated)


def test_a_production_is_named_by_title_project_and_registered_ids() -> None:
    made = production(Production("Night Harbour", "NH", "10.5240/7791-8534-2C23-9030-8610-5", "0000-0000-D07A-0090-Q"))
    assert made.label == "cawg.metadata"
    assert made.data["dc:title"] == "Night Harbour"
    assert made.data["dc:identifier"] == [
        "https://doi.org/10.5240/7791-8534-2C23-9030-8610-5",
        "urn:isan:0000-0000-D07A-0090-Q",
    ]
    assert "dc:identifier" not in production(Production("Night Harbour", "NH")).data


@pytest.mark.parametrize("bad", [{"eidr": "10.5240/short"}, {"isan": "Jane Doe"}])
def test_an_identifier_that_is_none_is_refused(bad: dict[str, str]) -> None:
    with pytest.raises(ManifestInvalid, match="malformed"):
        production(Production("Night Harbour", "NH", **bad))


@pytest.mark.parametrize("reason", ["", "   ", "x" * 401, "two\nlines", "\x1b[2J"])
def test_a_reason_for_no_audit_is_one_printable_line(reason: str) -> None:
    with pytest.raises(ManifestInvalid, match="one line"):
        without_audit(reason)


def test_the_published_schema_describes_what_is_written() -> None:
    schema = json.loads((files("provenance") / "schemas" / "no-audit-1.json").read_text())
    Draft202012Validator.check_schema(schema)
    data = without_audit("the registry was being moved").data
    assert Draft202012Validator(schema).is_valid(data)
    assert not Draft202012Validator(schema).is_valid({**data, "performer": "Jane Doe"})


def test_a_manifest_without_an_audit_never_states_what_one_found(studio: Studio, consent: LikenessConsent) -> None:
    with pytest.raises(ManifestInvalid, match="without an audit"):
        signed(studio, consent=consent, extra=(without_audit("a test shot"),))
    assert not (studio.folder / "signed.jpg").exists()


def test_all_three_are_stated_by_the_signer_and_read_back(studio: Studio) -> None:
    training = training_mining([{"ai_training": "allowed"}])
    assert training is not None
    stated = (training, production(Production("Night Harbour", "NH")), without_audit("a test shot"))
    signed(studio, extra=stated)
    reading = verify.read(studio.folder / "signed.jpg", studio.profile)
    read = {assertion.label: assertion for assertion in reading.assertions}
    for assertion in stated:
        assert read[assertion.label].created
        assert read[assertion.label].data == assertion.data
    assert read[labels.NO_AUDIT].data == {"schemaVersion": "1.0", "reason": "a test shot"}
    assert privacy.personal_data(reading) == ()


def signed(studio: Studio, **more: Any) -> None:
    sign(
        studio.source(),
        studio.folder / "signed.jpg",
        identity=studio.identity,
        trust=studio.profile,
        source_type="trainedAlgorithmicMedia",
        now=studio.now,
        **more,
    )
