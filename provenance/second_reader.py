"""The process that asks a second, independent implementation: encypher-c2pa, whose core shares no code with c2pa-rs.

It is told to send nothing, fetch nothing and trust nothing but what it is given. Run by `crosscheck` as a program:
one JSON question on standard input, one JSON answer on standard output.
"""

from __future__ import annotations

import base64
import json
import resource
import sys
from typing import Any

MODULE = "encypher_c2pa"
_MOST_MEMORY_BYTES = 2 << 30


def answer(question: dict[str, Any]) -> dict[str, str]:
    """Return what the second implementation says about one file, or why it cannot say anything."""
    # Loaded here, not at the head: only this process ever has it in memory.
    import encypher_c2pa  # type: ignore[import-not-found,unused-ignore]  # an optional extra

    store = question["sidecar"]
    try:
        report = encypher_c2pa.verify(
            question["path"],
            question["media_type"],
            manifest_store=None if store is None else base64.b64decode(store),
            trust_pem=question["claim"] or None,
            tsa_trust_pem=question["tsa"] or None,
            cawg_trust_pem=question["cawg"] or None,
            no_default_trust=True,
            telemetry=False,
            online=False,
        )
    except (ValueError, OSError) as error:
        return {"problem": str(error)[:300]}
    failures = report["validation_results"]["failure"]
    return {
        "integrity": str(report["integrity"]) if report["present"] else "absent",
        "trust": str(report["trust"]["status"]),
        "codes": ", ".join(str(failure["code"]) for failure in failures)[:300],
    }


def _limit() -> None:
    for kind, soft in ((resource.RLIMIT_AS, _MOST_MEMORY_BYTES), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


if __name__ == "__main__":
    _limit()
    print(json.dumps(answer(json.load(sys.stdin))))  # noqa: T201 -- its only way out
