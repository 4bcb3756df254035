"""The registry as a whole at the command line: copied, restored, checked, filled from files and printed to them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Typed


@pytest.fixture
def home(clearance: Callable[..., Typed], tmp_path: Path) -> Path:
    assert clearance("--home", tmp_path / "home", "init").code == 0
    return tmp_path / "home"


def test_a_backup_restores_to_a_home_that_is_sound_once_its_key_file_is_there(
    clearance: Callable[..., Typed], home: Path, tmp_path: Path
) -> None:
    reference = clearance("--home", home, "performer", "add", "Ada Vale", "--legal-name", "Quux").out.strip()
    made = clearance("--home", home, "registry", "backup", tmp_path / "b.zip", "--json")
    assert json.loads(made.out)["schema"] == "clearance.backup-made/1"
    again = tmp_path / "again"
    restored = clearance("--home", again, "registry", "restore", tmp_path / "b.zip")
    assert (restored.code, "put the key file" in restored.err) == (0, True)
    assert clearance("--home", again, "registry", "check").code == 2
    shutil.copytree(home / "keys", again / "keys")
    assert clearance("--home", again, "registry", "check").out == "the registry is sound\n"
    assert reference in clearance("--home", again, "performer", "list").out
    assert "nothing to do" in clearance("--home", again, "registry", "migrate").out
    assert "SQLite, schema" in clearance("--home", again, "doctor").out
    assert clearance("--home", again, "registry", "restore", tmp_path / "b.zip").code == 2


def test_a_damaged_backup_is_invalid_evidence_and_makes_no_home(
    clearance: Callable[..., Typed], home: Path, tmp_path: Path
) -> None:
    assert clearance("--home", home, "registry", "backup", tmp_path / "b.zip", "--without-keys").code == 0
    (tmp_path / "b.zip").write_bytes((tmp_path / "b.zip").read_bytes()[:-40])
    assert clearance("--home", tmp_path / "again", "registry", "restore", tmp_path / "b.zip").code == 4
    assert not (tmp_path / "again").exists()


def test_a_registry_that_is_not_sound_is_invalid_evidence(clearance: Callable[..., Typed], home: Path) -> None:
    assert clearance("--home", home, "performer", "add", "Ada Vale").code == 0
    with closing(sqlite3.connect(home / "registry.db")) as database, database:
        database.execute("UPDATE performer SET sealed_identity = x'00'")
    checked = clearance("--home", home, "registry", "check", "--json")
    assert checked.code == 4
    assert json.loads(checked.out)["faults"][0]["part"] == "keys"


def test_the_roles_are_printed_as_sql(clearance: Callable[..., Typed]) -> None:
    shown = clearance("registry", "roles").out
    assert all(f"CREATE ROLE clearance_{role}" in shown for role in ("writer", "reader", "receipts"))


def test_files_go_in_whole_or_not_at_all_and_come_out(
    clearance: Callable[..., Typed], home: Path, tmp_path: Path
) -> None:
    (tmp_path / "p.csv").write_text("stage_name,minor\nAda Vale,no\n,yes\n")
    wrong = clearance("--home", home, "performer", "import", tmp_path / "p.csv")
    assert (wrong.code, wrong.out.startswith(f"{tmp_path / 'p.csv'}:3: stage_name: ")) == (2, True)
    (tmp_path / "p.csv").write_text("stage_name,minor\nAda Vale,no\n")
    assert clearance("--home", home, "performer", "import", tmp_path / "p.csv", "--dry-run").out == ""
    reference = clearance("--home", home, "performer", "import", tmp_path / "p.csv").out.strip()
    (tmp_path / "contract.pdf").write_bytes(b"signed")
    grant = {"performer": reference, "signed_on": "2026-01-01", "scope": {"media": "any"}}
    (tmp_path / "g.jsonl").write_text(json.dumps({**grant, "evidence": {"file": "contract.pdf"}}))
    done = clearance("--home", home, "consent", "import", tmp_path / "g.jsonl", "--json")
    (recorded,) = json.loads(done.out)["references"]
    exported = json.loads(clearance("--home", home, "consent", "export", "--format", "jsonl").out)
    assert (exported["grant"], exported["performer"], exported["status"]) == (recorded, reference, "given")
    assert len(exported["evidence"]["sha256"]) == 64
    assert reference in clearance("--home", home, "performer", "export").out
