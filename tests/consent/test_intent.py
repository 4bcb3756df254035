"""Keys lie beside the database: whatever moment a process is killed at, the record says what became of them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from consent import holders
from consent.key_source import KeySource
from consent.registry import Registry
from consent.values import Performer
from tests.consent.conftest import NOW

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")

# Dies just before the commit of that number, of either database.
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from sqlalchemy import event
from sqlmodel import Session
from consent.holders import private_key
from consent.key_source import KeySource
from consent.registry import Registry

home, change, performer, private, public, fatal = *sys.argv[1:6], int(sys.argv[6])
commits = 0

def commit(*_):
    global commits
    commits += 1
    if commits == fatal:
        os.kill(os.getpid(), signal.SIGKILL)

now = datetime(2026, 10, 1, tzinfo=UTC)
phrase = KeySource(provider="passphrase", passphrase=lambda: "five random words in a row", scrypt_cost=2**14)
with Registry.open(Path(home), keys=phrase, holder_keys=[private_key(Path(private).read_bytes())]) as registry:
    event.listen(Session, "before_commit", commit)
    if change == "rotate":
        registry.keyring.rotate(now)
    elif change == "move":
        registry.keyring.move(phrase, now)
    elif change == "hold":
        registry.biometrics.hold(performer, Path(public).read_bytes(), now)
    else:
        registry.biometrics.release_hold(performer, now)
print("done")
"""
LAST = {"rotate": ("keys-rotated",), "move": ("keys-moved",)}
HOLDS = ("key-held", "key-hold-released")


@pytest.fixture
def holder(tmp_path: Path) -> tuple[Path, Path]:
    key, private, public = X25519PrivateKey.generate(), tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.mark.parametrize("change", ["rotate", "move", "hold", "release"])
def test_a_change_of_keys_killed_at_any_commit_is_recorded_if_it_happened(
    registry: Registry, performer: Performer, home: Path, tmp_path: Path, holder: tuple[Path, Path], change: str
) -> None:
    private, public = holder
    if change == "release":
        registry.biometrics.hold(performer.ref, public.read_bytes(), NOW)
    before = registry.keyring.status()
    registry.close()
    shutil.copytree(home, tmp_path / "kept")
    interrupted = 0
    for fatal in range(1, 9):
        shutil.rmtree(home)
        shutil.copytree(tmp_path / "kept", home)
        command = [sys.executable, "-c", KILLED, home, change, performer.ref, private, public, fatal]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        interrupted += told(home, change, performer.ref, before.key_encryption_key, private)
        if done.stdout == "done\n":
            break
        assert done.returncode == -9, done.stderr
    else:
        pytest.fail("it never ended by itself")
    assert interrupted == 1


def told(home: Path, change: str, performer: str, before: str, private: Path) -> bool:
    """Check that the record agrees with the keys after one more change; return whether it says "interrupted"."""
    source = KeySource(provider="file", passphrase=lambda: "five random words in a row", scrypt_cost=2**14)
    with Registry.open(home, keys=source, holder_keys=[holders.private_key(private.read_bytes())]) as registry:
        registry.record_event("search", "x", {}, NOW)
        events = registry.events()
        if change in LAST:
            wanted = [e for e in events if e.kind in LAST[change]]
            found = registry.keyring.status()
            assert bool(wanted) == (found.key_encryption_key != before)
            assert not wanted or dict(wanted[0].detail)["key"] == found.key_encryption_key
        else:
            wanted = [e for e in events if e.kind in HOLDS]
            held = performer in registry.keyring.status().held
            assert held == (bool(wanted) and wanted[0].kind == "key-held")
        assert registry.identity(performer).legal_name == "Adelaide Valentine-Quux"
        assert registry.ledger.verify() == ()
        assert registry.upkeep.check() == ()
    return any("interrupted" in dict(event.detail) for event in wanted)
