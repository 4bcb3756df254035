"""`provenance pki` and the keys and clocks of `sign` on the command line, from an authority to a signed file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from clearance.demo import paperwork
from provenance import verify
from provenance.trust import load
from tests.provenance.authorities import running_time_stamper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.clearance.conftest import Typed


@pytest.fixture
def word(tmp_path: Path) -> Path:
    path = tmp_path / "word"
    path.write_text("correct horse\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def authority(clearance: Callable[..., Typed], tmp_path: Path, word: Path) -> Path:
    made = clearance(
        *("provenance", "pki", "init", tmp_path / "ca", "--organisation", "Harbour Pictures"),
        *("--passphrase-file", word),
    )
    assert made.code == 0, made
    return tmp_path / "ca"


def issue(clearance: Callable[..., Typed], authority: Path, word: Path, out: Path, *more: object) -> Typed:
    return clearance(
        *("provenance", "pki", "issue", authority, "--out", out, "--name", "Desk", "--passphrase-file", word), *more
    )


def test_lint_answers_with_its_exit_code_and_one_document(
    clearance: Callable[..., Typed], authority: Path, word: Path, tmp_path: Path
) -> None:
    assert issue(clearance, authority, word, tmp_path / "signer", "--plain-key").code == 0
    good = clearance("provenance", "pki", "lint", tmp_path / "signer" / "chain.pem", "--json")
    assert (good.code, json.loads(good.out)["usable"]) == (0, True)
    bad = clearance("provenance", "pki", "lint", authority / "root.pem", "--json")
    document = json.loads(bad.out)
    assert (bad.code, document["schema"], document["usable"]) == (4, "clearance.certificate-lint/1", False)
    text = clearance("provenance", "pki", "lint", authority / "root.pem")
    assert text.code == 4
    for reason in document["reasons"]:
        assert reason in text.out
    assert clearance("provenance", "pki", "lint", tmp_path / "absent.pem").code == 2


def test_a_request_is_answered_for_a_key_that_stays_where_it_is(
    clearance: Callable[..., Typed], authority: Path, word: Path, tmp_path: Path
) -> None:
    desk = tmp_path / "desk"
    done = clearance(
        *("provenance", "pki", "request", "--out", desk, "--organisation", "Harbour Pictures", "--name", "Desk"),
        *("--key-passphrase-file", word),
    )
    assert done.code == 0, done
    other = issue(clearance, authority, word, tmp_path / "other", "--request", word)
    assert (other.code, f"{word}: this is no readable certificate request" in other.err) == (2, True)
    answered = issue(clearance, authority, word, tmp_path / "answer", "--request", desk / "request.pem")
    assert answered.code == 0, answered
    assert sorted(path.name for path in (tmp_path / "answer").iterdir()) == ["chain.pem", "root.pem"]


def test_a_passphrase_comes_from_a_descriptor_as_well_and_a_wrong_one_makes_nothing(
    clearance: Callable[..., Typed], authority: Path, tmp_path: Path
) -> None:
    for given, code in (("correct horse\n", 0), ("wrong\n", 2), ("", 2)):
        reader, writer = os.pipe()
        os.write(writer, given.encode())
        os.close(writer)
        out = tmp_path / f"signer-{code}-{len(given)}"
        done = clearance(
            *("provenance", "pki", "issue", authority, "--out", out, "--name", "Desk", "--plain-key"),
            *("--passphrase-fd", reader),
        )
        os.close(reader)
        assert (done.code, out.exists()) == (code, code == 0)


def test_without_a_terminal_nobody_is_asked_for_ever(authority: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "clearance", "provenance", "pki", "issue", str(authority)),
            *("--out", str(tmp_path / "signer"), "--name", "Desk", "--plain-key"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "--passphrase-file" in done.stderr


def test_a_studio_signs_with_its_own_authority_and_a_proven_time(
    clearance: Callable[..., Typed],
    authority: Path,
    word: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home, signer = tmp_path / "home", tmp_path / "signer"
    assert clearance("--home", home, "init", "--dev").code == 0
    assert issue(clearance, authority, word, signer, "--key-passphrase-file", word).code == 0
    with (home / "clearance.toml").open("a") as settings:
        settings.write(f'[signing.signer]\nchain = "{signer / "chain.pem"}"\nroot = "{signer / "root.pem"}"\n')
        settings.write(f'file = {{key = "{signer / "signer.key.pem"}"}}\n')
    still, declaration = tmp_path / "still.jpg", tmp_path / "declaration.yaml"
    Image.new("RGB", (64, 48), "teal").save(still)
    paperwork.write_declaration(
        declaration, day="2026-11-22", keeper="P-7K2M9QXA", senator="P-7K2M9QXB", pilot="P-7K2M9QXC"
    )
    (tmp_path / "tsa").mkdir()

    def sign(out: str, *more: object) -> Typed:
        order = ("sign", still, "--out", tmp_path / out, "-d", declaration, "--without-audit", "a test")
        return clearance("--home", home, *order, "--source-type", "trainedAlgorithmicMedia", *more)

    with running_time_stamper(tmp_path / "tsa") as stamper:
        opened = ("--passphrase-file", word)
        done = sign("signed.jpg", *opened, "--tsa", "http://127.0.0.1:9/", "--tsa", stamper.url, "--json")
        assert done.code == 0, done
        assert json.loads(done.out)["time"]["value"] == "untrusted"
        (tmp_path / "time.pem").write_bytes(stamper.authority.pem)
        for file, purpose in ((authority / "root.pem", "claim"), (tmp_path / "time.pem", "tsa")):
            add = ("provenance", "trust", "add", file, "--name", "harbour", "--purpose", purpose)
            assert clearance("--home", home, *add).code == 0
        monkeypatch.setenv("CLEARANCE_TRUST_PROFILE", "harbour")
        by_default = sign("again.jpg", *opened, "--tsa", stamper.url, "--json")
        assert json.loads(by_default.out)["time"]["value"] == "trusted"
        monkeypatch.delenv("CLEARANCE_TRUST_PROFILE")
    for name in ("signed.jpg", "again.jpg"):
        shown = clearance("--home", home, "verify", tmp_path / name, "--trust", "harbour")
        assert (
            "time        trusted: the time-stamp's authority leads to urn:clearance:harbour:time, a list of"
            in shown.out
        )
        assert "signed at" in shown.out
        answers = json.loads(clearance("--home", home, "verify", tmp_path / name, "--trust", "harbour", "--json").out)
        found = answers["provenance"]
        assert [found[one]["value"] for one in ("integrity", "trust", "time")] == ["valid", "trusted", "trusted"]
        assert found["time_at"]
    unreachable = sign("never.jpg", *opened, "--tsa", "http://127.0.0.1:9/")
    assert (unreachable.code, (tmp_path / "never.jpg").exists()) == (2, False)
    assert "127.0.0.1:9 cannot be reached" in unreachable.err
    without = sign("without.jpg", *opened, "--tsa", "http://127.0.0.1:9/", "--no-timestamp", "allow")
    assert (without.code, "time     none" in without.out) == (0, True)
    assert verify.read(tmp_path / "without.jpg", load(authority / "root.pem")).trust.value == "trusted"
    closed = sign("closed.jpg", "--passphrase-file", _secret(tmp_path, "wrong"))
    assert (closed.code, (tmp_path / "closed.jpg").exists()) == (2, False)
    assert "does not open" in closed.err


def _secret(folder: Path, text: str) -> Path:
    path = folder / "other"
    path.write_text(text)
    path.chmod(0o600)
    return path


TYPIST = """
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.executable, [sys.executable, "-m", "clearance", *sys.argv[3:]])
shown = b""
for answer in sys.argv[1:3]:
    prompts = shown.count(b": ")
    while shown.count(b": ") == prompts:
        shown += os.read(terminal, 1000)
    os.write(terminal, answer.encode() + b"\\n")
try:
    while more := os.read(terminal, 1000):
        shown += more
except OSError:
    pass
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


@pytest.mark.skipif(os.name != "posix", reason="terminals of this kind are POSIX's")
@pytest.mark.parametrize(("again", "code"), [("correct horse", 0), ("corect horse", 2)])
def test_a_person_types_a_new_passphrase_twice_and_unseen(tmp_path: Path, again: str, code: int) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-c", TYPIST, "correct horse", again),
            *("provenance", "pki", "init", str(tmp_path / "ca"), "--organisation", "Harbour"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, (tmp_path / "ca").exists()) == (code, code == 0), done.stdout
    assert "horse" not in done.stdout
    assert ("differ" in done.stdout) == (code == 2)
