"""The declaration is read strictly, and says for each file who was declared in it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearance.audit import use_of
from clearance.declaration import TEMPLATE, load
from clearance.declared_parts import Replica
from clearance.errors import DocumentRejected
from policies.errors import DocumentInvalid

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, text: str) -> Path:
    path = folder / "d.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_printed_template_is_itself_a_valid_declaration(tmp_path: Path) -> None:
    assert load(written(tmp_path, TEMPLATE)).production.project == "NIGHT-HARBOUR"


def uncommented(text: str) -> str:
    for key in ("replicas", "on_camera", "synthetic_performers", "dubbing"):
        text = text.replace(f"{key}: []", f"{key}:")
    for key in ("client", "disclosure", "plates"):
        text = text.replace(f"\n# {key}:", f"\n{key}:")
    text = text.replace("terms_document: SHA256", f"terms_document: {'ab' * 32}")
    return text.replace("\n#  ", "\n  ").replace("\n  # ", "\n  ").replace("\n    # ", "\n    ")


def test_the_examples_in_the_template_are_valid_once_uncommented_and_leave_no_field_out(tmp_path: Path) -> None:
    declaration = load(written(tmp_path, uncommented(TEMPLATE)))
    people = (declaration.replicas, declaration.on_camera, declaration.synthetic_performers)
    assert [len(x) for x in people] == [1] * 3
    parts = (declaration, declaration.production, declaration.use, declaration.client, declaration.disclosure)
    for part in (*parts, declaration.tools[0], declaration.replicas[0], declaration.synthetic_performers[0]):
        assert set(type(part).model_fields) - part.model_fields_set - {"files", "description"} == set()


def test_a_replica_counts_for_the_files_it_names_and_for_all_when_it_names_none(tmp_path: Path) -> None:
    text = TEMPLATE.replace(
        "replicas: []",
        "replicas:\n  - {performer: P-AAAA0001, kind: DA}\n  - {performer: P-AAAA0002, kind: DA, files: ['b*.mp4']}\n#",
    )
    declaration = load(written(tmp_path, text))
    assert declaration.performers_in("a.mp4") == {"P-AAAA0001"}
    assert declaration.performers_in("/somewhere/b1.mp4") == {"P-AAAA0001", "P-AAAA0002"}


def test_what_the_use_leaves_out_stays_unknown(tmp_path: Path) -> None:
    text = "\n".join(line for line in TEMPLATE.splitlines() if not line.strip().startswith(("territories", "final")))
    use = load(written(tmp_path, text)).use
    assert (use.territories, use.final) == (None, None)


def test_a_use_in_a_sequel_is_asked_of_the_grants_as_one(tmp_path: Path) -> None:
    replica = Replica(performer="P-AAAA0001", kind="DA")
    asked = {
        said: use_of(replica, load(written(tmp_path, TEMPLATE.replace("  # sequel: true", f"  {said}")))).sequel
        for said in ("sequel: true", "sequel: false", "#")
    }
    assert asked == {"sequel: true": True, "sequel: false": False, "#": None}


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n", "schema: clearance.declaration/2\n"])
def test_what_is_no_declaration_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises((DocumentRejected, DocumentInvalid), match=r"d\.yaml:\d+:\d+"):
        load(written(tmp_path, text))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=400) | st.text(max_size=400).map(lambda t: (TEMPLATE + t).encode()))
def test_arbitrary_bytes_give_a_declaration_or_our_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "d.yaml"
    path.write_bytes(content)
    with contextlib.suppress(DocumentRejected, DocumentInvalid):
        assert load(path).schema_ == "clearance.declaration/1"
