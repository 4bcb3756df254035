"""The errors say where a problem is, and the light modules stay light."""

import subprocess
import sys

import pytest

from consent.errors import GrantInvalid, Problem

HEAVY = ("sqlmodel", "sqlalchemy", "alembic", "pydantic", "cryptography", "pycountry", "numpy")


def test_a_problem_reads_as_a_place_and_a_sentence() -> None:
    assert str(Problem(("scope", "media", 0), "is empty")) == "scope.media.0: is empty"
    assert str(Problem((), "is empty")) == "the document: is empty"


def test_an_invalid_grant_names_every_problem() -> None:
    error = GrantInvalid((Problem(("a",), "is wrong"), Problem(("b",), "is missing")))
    assert "a: is wrong; b: is missing" in str(error)


@pytest.mark.parametrize("module", ["", ".errors", ".values", ".grant", ".answer", ".coverage", ".territory"])
def test_the_values_and_the_assessment_import_nothing_heavy(module: str) -> None:
    code = f"import sys, consent{module}; print([m for m in {HEAVY} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
