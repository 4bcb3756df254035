"""The consent assertion: code and shipped schema agree, and neither has room for a person."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from provenance.consent_assertion import assertion_data, record_commitment, utc_text, violations
from provenance.errors import ManifestInvalid

if TYPE_CHECKING:
    from provenance.consent_assertion import LikenessConsent

SCHEMA = json.loads((files("provenance") / "schemas" / "likeness-consent-1.json").read_text())


def test_the_shipped_schema_is_itself_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_what_we_write_satisfies_the_shipped_schema(consent: LikenessConsent) -> None:
    data = assertion_data(consent)
    assert Draft202012Validator(SCHEMA).is_valid(data)
    assert data["schemaVersion"] == "1.1"
    assert violations(data) == ()


def test_what_version_1_0_wrote_still_satisfies_the_schema(consent: LikenessConsent) -> None:
    data: Any = assertion_data(consent)
    del data["checkpoint"], data["subjects"][0]["receipts"], data["assetScan"]["framesTotal"]
    data["schemaVersion"] = "1.0"
    assert Draft202012Validator(SCHEMA).is_valid(data)
    assert violations(data) == ()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("subjects", 0, "legalName"), "Jane Doe"),
        (("subjects", 0, "embedding"), [0.1] * 512),
        (("subjects", 0, "ref"), "Jane Doe"),
        (("subjects", 0, "project"), "The Long Title of a Film"),
        (("subjects", 0, "scope"), ["digital replica of Jane"]),
        (("subjects", 0, "decision"), "maybe"),
        (("subjects", 0, "consentRecordHash"), "short"),
        (("subjects", 0, "validFrom"), "soon"),
        (("subjects", 0, "region", "t0"), -1),
        (("crop",), "data:image/png;base64,AAAA"),
        (("assetScan", "framesScanned"), "many"),
        (("assetScan", "framesScanned"), True),
        (("schemaVersion",), "2.0"),
        (("subjects", 0, "receipts"), ["the receipt of Jane Doe"]),
        (("subjects", 0, "receipts"), ["A" * 80]),
        (("checkpoint", "origin"), "Jane Doe's ledger"),
        (("checkpoint", "root"), "short"),
        (("checkpoint", "size"), -1),
        (("checkpoint", "performer"), "Jane Doe"),
        (("assetScan", "framesTotal"), -1),
        (("policy", "outcome"), "fine"),
        (("subjects",), {}),
    ],
)
def test_code_and_schema_refuse_the_same(consent: LikenessConsent, place: tuple[Any, ...], value: Any) -> None:
    data: Any = assertion_data(consent)
    target = data
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    assert violations(data)
    assert not Draft202012Validator(SCHEMA).is_valid(data)


def test_a_missing_field_is_refused_by_both_the_version_too(consent: LikenessConsent) -> None:
    whole = assertion_data(consent)
    assert whole.keys() == {*SCHEMA["required"], "checkpoint"}
    for field in SCHEMA["required"]:
        data = {key: value for key, value in whole.items() if key != field}
        assert violations(data) == (f"{field}: missing",)
        assert not Draft202012Validator(SCHEMA).is_valid(data)


def test_a_reason_never_repeats_what_a_stranger_wrote(consent: LikenessConsent) -> None:
    data: Any = assertion_data(consent)
    data["subjects"][0]["JaneDoe"] = "jane@example.org"
    data["subjects"][0]["ref"] = "Jane Doe"
    assert "Jane" not in " ".join(violations(data))


def test_a_value_that_breaks_the_schema_is_not_written(consent: LikenessConsent) -> None:
    bad = replace(consent, subjects=(replace(consent.subjects[0], ref="Jane Doe"),))
    with pytest.raises(ManifestInvalid, match=r"subjects\.0\.ref"):
        assertion_data(bad)


leaves: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab:/ 0", max_size=4) | st.just([]) | st.just({})
)


@given(st.data())
def test_code_and_schema_agree_on_any_single_change(consent: LikenessConsent, data: st.DataObject) -> None:
    document: Any = copy.deepcopy(assertion_data(consent))
    target: Any = document
    while True:
        step = data.draw(st.sampled_from(sorted(target) if isinstance(target, dict) else range(len(target))))
        if not isinstance(target[step], dict | list) or not target[step] or data.draw(st.booleans()):
            break
        target = target[step]
    target[step] = data.draw(leaves)
    assert (violations(document) == ()) == Draft202012Validator(SCHEMA).is_valid(document)


def test_a_commitment_depends_on_its_salt_and_needs_a_long_one() -> None:
    record = b'{"grant":"G-17"}'
    assert record_commitment(b"a" * 16, record) != record_commitment(b"b" * 16, record)
    with pytest.raises(ManifestInvalid, match="salt"):
        record_commitment(b"short", record)


def test_a_time_is_written_in_utc_and_whole_seconds() -> None:
    local = datetime(2026, 11, 22, 9, 30, 15, 999, tzinfo=timezone(timedelta(hours=1)))
    assert utc_text(local) == "2026-11-22T08:30:15Z"
