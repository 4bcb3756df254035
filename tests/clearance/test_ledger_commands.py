"""`clearance ledger`: what the operator signs and hands out, and what an auditor checks without a registry."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from clearance.cli.main import run
from tests.packaging.test_startup import HEAVY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Typed

    Clearance = Callable[..., Typed]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert run(["--home", str(tmp_path / "home"), "init"]) == 0
    return tmp_path / "home"


@pytest.fixture
def performer(home: Path, clearance: Clearance) -> str:
    return clearance("--home", home, "performer", "add", "Ada Vale").out.strip()


def key_of(home: Path, clearance: Clearance) -> str:
    key: str = json.loads(clearance("--home", home, "ledger", "status", "--json").out)["verifier_key"]
    return key


def test_an_auditor_follows_the_log_with_the_key_and_a_kept_checkpoint(
    home: Path, performer: str, clearance: Clearance, tmp_path: Path
) -> None:
    key = key_of(home, clearance)
    assert clearance("--home", home, "ledger", "checkpoint", "--out", tmp_path / "old.txt").code == 0
    clearance("--home", home, "performer", "add", "Bo Reyes")
    for name, command in (
        ("event", ("prove", "2")),
        ("standing", ("standing", performer)),
        ("continues", ("consistency", tmp_path / "old.txt")),
    ):
        assert clearance("--home", home, "ledger", *command, "--out", tmp_path / name).code == 0
    check = ("ledger", "check-proof", "--key", key)
    found = clearance(*check, tmp_path / "event")
    assert (found.code, found.out) == (0, found.out)
    assert found.out.startswith(f"holds: event 2 of 3 is performer-added (subject {performer})")
    found = clearance(*check, tmp_path / "continues", "--checkpoint", tmp_path / "old.txt")
    assert (found.code, "continues the checkpoint over 2" in found.out) == (0, True)
    found = clearance(*check, tmp_path / "standing", "--performer", performer, "--json")
    document = json.loads(found.out)
    assert (found.code, document["schema"], document["grants"]) == (0, "clearance.proof-check/1", [])
    # The older checkpoint is of another state: the auditor is told to ask for consistency first.
    found = clearance(*check, tmp_path / "event", "--checkpoint", tmp_path / "old.txt")
    assert (found.code, "ledger consistency" in found.err) == (4, True)


def test_a_proof_that_does_not_hold_is_invalid_evidence(
    home: Path, performer: str, clearance: Clearance, tmp_path: Path
) -> None:
    key, proof = key_of(home, clearance), tmp_path / "proof.json"
    proof.write_text(clearance("--home", home, "ledger", "prove", "2").out.replace(performer, "P-00000000"))
    assert clearance("ledger", "check-proof", proof, "--key", key).code == 4
    for content in ("", "{}", "[" * 100_000, '{"schema": "clearance.inclusion-proof/1"}'):
        proof.write_text(content)
        assert clearance("ledger", "check-proof", proof, "--key", key).code == 4
    proof.write_text(clearance("--home", home, "ledger", "standing", performer).out)
    assert clearance("ledger", "check-proof", proof, "--key", key).code == 2
    assert clearance("ledger", "check-proof", proof, "--key", f"{key}x", "--performer", performer).code == 4
    assert clearance("ledger", "check-proof", tmp_path / "absent", "--key", key).code == 2


def test_two_states_of_one_length_show_that_the_log_was_rewritten(
    home: Path, performer: str, clearance: Clearance, tmp_path: Path
) -> None:
    from consent.checkpoint import open_checkpoint, sign_checkpoint
    from consent.ledger_key import signer
    from consent.registry import Registry

    key = key_of(home, clearance)
    note = clearance("--home", home, "ledger", "checkpoint").out
    with Registry.open(home) as registry, registry._database.reading() as session:
        _, private = signer(session, registry._keys)
    state = open_checkpoint(note, key)
    forked = type(state)(state.origin, state.size, b"f" * 32, state.map_root, state.made)
    (tmp_path / "kept.txt").write_text(sign_checkpoint(forked, private), encoding="utf-8")
    (tmp_path / "proof").write_text(clearance("--home", home, "ledger", "prove", "1").out)
    found = clearance("ledger", "check-proof", tmp_path / "proof", "--key", key, "--checkpoint", tmp_path / "kept.txt")
    assert (found.code, "it was rewritten" in found.err) == (4, True)


def test_verify_names_each_fault_and_ends_in_invalid_evidence(home: Path, performer: str, clearance: Clearance) -> None:
    found = clearance("--home", home, "ledger", "verify")
    assert (found.code, found.out) == (0, "2 events: nothing was altered\n")
    with closing(sqlite3.connect(home / "registry.db")) as database, database:
        database.execute("UPDATE performer SET minor = 1")
    found = clearance("--home", home, "ledger", "verify")
    assert (found.code, found.out.splitlines()) == (
        4,
        [f"performer {performer} was changed after event 2", "2 events: 1 faults"],
    )
    document = json.loads(clearance("--home", home, "ledger", "verify", "--json").out)
    assert (document["valid"], document["problems"][0]["event"]) == (False, 2)


def test_status_and_list_show_the_log(home: Path, performer: str, clearance: Clearance) -> None:
    assert "no checkpoint yet" in clearance("--home", home, "ledger", "status").out
    note = clearance("--home", home, "ledger", "checkpoint").out
    assert note in clearance("--home", home, "ledger", "status").out
    lines = clearance("--home", home, "ledger", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["event", "2", "1"]
    events = json.loads(clearance("--home", home, "ledger", "list", "--performer", performer, "--json").out)["events"]
    assert [event["kind"] for event in events] == ["performer-added"]
    assert clearance("--home", home, "ledger", "list", "--performer", "P-00000000").code == 2


def test_an_existing_file_is_not_overwritten(home: Path, clearance: Clearance, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("kept")
    assert clearance("--home", home, "ledger", "checkpoint", "--out", tmp_path / "kept.txt").code == 2
    assert (tmp_path / "kept.txt").read_text() == "kept"


def test_the_auditors_check_loads_no_heavy_library(home: Path, clearance: Clearance, tmp_path: Path) -> None:
    import subprocess
    import sys

    (tmp_path / "proof").write_text(clearance("--home", home, "ledger", "prove", "1").out)
    arguments = ["ledger", "check-proof", str(tmp_path / "proof"), "--key", key_of(home, clearance)]
    code = (
        "import json, sys; from clearance.cli.main import run; code = run(sys.argv[1:]); "
        f"print(code, sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "0 []"
