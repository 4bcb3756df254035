"""The protobuf types that expressions are checked against mirror the fact models."""

from __future__ import annotations

import pytest

from policies.fact_types import fact_types
from policies.facts import Facts
from policies.person_facts import AppearanceFacts, ConsentFacts
from policies.use_facts import UseFacts


@pytest.mark.parametrize("model", [Facts, UseFacts, AppearanceFacts, ConsentFacts])
def test_every_fact_that_rules_may_read_has_a_field(model: type) -> None:
    message = fact_types().pool.FindMessageTypeByName(f"facts.{model.__name__}")
    assert {field.name for field in message.fields} == set(model.model_fields) - {"why"}  # type: ignore[attr-defined]  # a model


def test_lists_are_repeated_and_scalars_keep_their_type() -> None:
    pool = fact_types().pool
    use = pool.FindMessageTypeByName("facts.UseFacts").fields_by_name
    appearance = pool.FindMessageTypeByName("facts.AppearanceFacts").fields_by_name
    assert use["media"].is_repeated
    assert use["media"].type == use["date"].type == use["date"].TYPE_STRING
    assert use["final"].type == use["final"].TYPE_BOOL
    assert appearance["score"].type == appearance["score"].TYPE_DOUBLE
    assert appearance["adjudication"].type == appearance["adjudication"].TYPE_STRING
