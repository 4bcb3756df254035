"""What a second, independent implementation says about a file, beside our own reading. Never averaged.

It runs in a process of its own within limits of time and memory, and nothing it says makes a file better: agreement
leaves our answers as they are, a difference is reported for a human.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from provenance import formats, frames
from provenance.errors import CrossCheckMissing
from provenance.json_shapes import Json, mapping, text
from provenance.second_reader import MODULE
from provenance.sidecar import content

if TYPE_CHECKING:
    from provenance.reading import ProvenanceReading
    from provenance.trust import TrustProfile

Outcome = Literal["agrees", "differs", "not_assessed"]
NAME: Final = "encypher-c2pa"
MOST_BYTES: Final = 128 << 20
"""The second implementation takes no larger file."""
_SECONDS: Final = 60.0
_ROOT: Final = Path(__file__).resolve().parents[1]
# Without the folder of the caller in the search path: it may hold a stranger's delivery.
_PROGRAM: Final = """
import runpy, sys
sys.path[:0] = sys.argv[1].split(sys.argv[2])
runpy.run_module("provenance.second_reader", run_name="__main__")
"""
_TRUSTED: Final = "valid_for_supplied_material"


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """What came of asking the second implementation, in one sentence."""

    outcome: Outcome
    sentence: str


def require() -> None:
    """Raise CrossCheckMissing unless the second implementation is installed."""
    if importlib.util.find_spec(MODULE) is None:
        raise CrossCheckMissing(f'{NAME} is not installed; install the extra: "clearance[cross-check]"')


def ask(path: Path, reading: ProvenanceReading, trust: TrustProfile | None, *, seconds: float = _SECONDS) -> CrossCheck:
    """Return whether the second implementation agrees with a reading of ours about integrity and trust.

    Blocks for at most `seconds`; touches no network. Raises CrossCheckMissing.
    """
    require()
    if frames.is_pattern(path):
        return _unassessed("it knows no sequences of frames")
    if path.stat().st_size > MOST_BYTES:
        return _unassessed(f"the file is larger than {MOST_BYTES >> 20} MiB, which it does not take")
    media_type = formats.detected(formats.file_head(path))
    if media_type is None:
        return _unassessed("the content is of no known media format")
    beside = path.with_name(reading.sidecar) if reading.sidecar else None
    question: dict[str, Json] = {
        "path": str(path.absolute()),
        "media_type": media_type,
        "sidecar": base64.b64encode(content(beside)).decode() if beside else None,
        **{kind: _pem(trust, kind) for kind in ("claim", "tsa", "cawg")},
    }
    answered = _run(question, seconds)
    if isinstance(answered, str):
        return _unassessed(answered)
    return compared(reading, answered, trusted_by_us=trust is not None)


def compared(reading: ProvenanceReading, answered: dict[str, Json], *, trusted_by_us: bool) -> CrossCheck:
    """Return how an answer of the second implementation stands to our reading.

    trusted_by_us: whether we were told whom to trust; without it nobody can compare trust.
    """
    problem, theirs = text(answered.get("problem")), text(answered.get("integrity"))
    if problem is not None or theirs not in {"valid", "invalid", "absent"}:
        return _unassessed(problem or "it gave no answer that can be read")
    ours = reading.integrity.value if reading.present else "absent"
    codes = f" ({codes})" if (codes := text(answered.get("codes"))) else ""
    if (ours == "valid") != (theirs == "valid") or (ours == "absent") != (theirs == "absent"):
        return CrossCheck("differs", f"{NAME} says integrity {theirs}{codes}, and we say {ours}")
    if ours != "valid" or not trusted_by_us:
        return CrossCheck("agrees", f"{NAME} says integrity {theirs} too")
    trusted = text(answered.get("trust")) == _TRUSTED
    if trusted != (reading.trust.value == "trusted"):
        says = "trusted" if trusted else f"not trusted{codes}"
        return CrossCheck("differs", f"{NAME} says the signer is {says}, and we say {reading.trust.value}")
    return CrossCheck("agrees", f"{NAME} says integrity valid and the signer {reading.trust.value} too")


def _pem(trust: TrustProfile | None, kind: str) -> str:
    return "".join(anchor.pem for anchor in trust.anchors if anchor.kind == kind) if trust else ""


def _run(question: dict[str, Json], seconds: float) -> dict[str, Json] | str:
    """Return the answer of the other process, or in words why there is none."""
    folders = (str(_ROOT), *_installed_in())
    with tempfile.TemporaryDirectory() as nowhere:
        # Its settings, by which a user may once have allowed it to send or fetch, are out of its reach.
        environment = {
            "PATH": os.defpath,
            "HOME": nowhere,
            "ENCYPHER_C2PA_CONFIG_DIR": nowhere,
            "ENCYPHER_C2PA_TELEMETRY": "off",
            "ENCYPHER_C2PA_ONLINE": "off",
        }
        try:
            done = subprocess.run(  # noqa: S603 -- our own interpreter and program
                [sys.executable, "-P", "-c", _PROGRAM, os.pathsep.join(folders), os.pathsep],
                input=json.dumps(question).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=nowhere,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"it was stopped after {seconds:.0f} s"
    try:
        answered: Json = json.loads(done.stdout)
    except ValueError:
        return f"it broke down (exit {done.returncode})"
    return mapping(answered)


def _installed_in() -> list[str]:
    found = importlib.util.find_spec(MODULE)
    return [str(Path(found.origin).parents[1])] if found is not None and found.origin else []


def _unassessed(why: str) -> CrossCheck:
    return CrossCheck("not_assessed", f"{NAME} could not be asked about this file: {why}")
