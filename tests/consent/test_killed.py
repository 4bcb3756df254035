"""Writers of every kind, killed again and again: the registry is sound and the ledger whole, as an operator sees."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from consent.registry import Registry
from consent.values import Performer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")

# One interpreter that imports once and forks its writers; each does everything that writes until it is killed.
KILLED = """
import itertools, os, random, signal, sys, time
from datetime import UTC, date, datetime
from pathlib import Path
from consent.grant import ANY, NewGrant, Scope
from consent.registry import Registry
from consent.values import NewTemplate

home, url, kills, chance = Path(sys.argv[1]), sys.argv[2] or None, int(sys.argv[3]), random.Random(11)
day = date(2026, 9, 30)

def write(turn, started):
    with Registry.open(home, url) as registry:
        for number in itertools.count():
            now = datetime.now(UTC)
            ref = registry.add_performer(f"performer {turn} {number}", legal_name="somebody", now=now).ref
            registry.add_release(ref, signed_on=day, jurisdiction="US-IL", purposes=["matching"], now=now)
            registry.enrol(ref, [NewTemplate(b"v" * 64, "m@1", "ab" * 32, "good")], on=day, now=now)
            grant = registry.record_grant(NewGrant(performer=ref, signed_on=day, scope=Scope(expires_on=ANY)), now)
            registry.record_grant_event(grant.id, "suspended", on=day, now=now)
            registry.receipts.issue(grant.id, now)
            if number == 0:
                os.write(started, b"x")
            registry.biometrics.rotate(ref, now)
            registry.keyring.rotate(now)
            registry.biometrics.erase(ref, reason="request", now=now)

for turn in range(kills):
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        write(turn, writing)
    os.close(writing)
    assert os.read(reading, 1) == b"x", "the writer failed by itself"
    time.sleep(chance.uniform(0, 0.15))
    os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    print("killed", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.both_databases
def test_after_each_kill_the_ledger_verifies_and_the_registry_checks(
    registry: Registry, performer: Performer, home: Path, url: str | None
) -> None:
    registry.close()
    kills = 4 if url is None else 3
    environment = {**os.environ, "CLEARANCE_DATABASE_URL": url or ""}
    (home / "clearance.toml").touch()
    script = [sys.executable, "-c", KILLED, str(home), url or "", str(kills)]
    with subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writers:
        assert writers.stdout is not None
        assert writers.stdin is not None
        for _ in range(kills):
            assert writers.stdout.readline() == "killed\n"
            for command in (("ledger", "verify"), ("registry", "check")):
                clearance = [sys.executable, "-m", "clearance", "--home", str(home), *command]
                done = subprocess.run(clearance, capture_output=True, text=True, check=False, env=environment)
                assert done.returncode == 0, done
            writers.stdin.write("\n")
            writers.stdin.flush()
    assert writers.returncode == 0
    with Registry.open(home, url) as again:
        assert performer in again.performers()
        assert len(again.grants()) >= kills
