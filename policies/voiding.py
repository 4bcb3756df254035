"""Clauses that a statute voids: found first, then written into the consent that they lower.

California Labor Code 927, New York General Obligations Law 5-302 and Illinois HB 4762 make a provision of a contract
unenforceable and forbid no use: what is left is a use without that consent, which other rules judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policies.finding import Finding


def with_voids(data: Mapping[str, Any], voiding: Sequence[Sequence[Finding]]) -> Mapping[str, Any]:
    """Return the evaluation map with `replica.consent.voided_by` as the voiding rules found it.

    voiding: for each such rule its findings, one for each replica in order. A failed rule voids. One that could
    not be told leaves the fact unknown, unless another has voided the consent already.
    """
    if not voiding:
        return data
    replicas = [
        {**replica, "consent": _lowered(replica["consent"], [findings[place] for findings in voiding])}
        for place, replica in enumerate(data["replicas"])
    ]
    return {**data, "replicas": replicas}


def _lowered(consent: dict[str, Any], findings: Sequence[Finding]) -> dict[str, Any]:
    known = consent.get("voided_by", [])
    found = [f"{finding.pack}.{finding.rule}" for finding in findings if finding.outcome == "fail"]
    left = {name: value for name, value in consent.items() if name != "voided_by"}
    if not found and not known and any(finding.outcome == "unknown" for finding in findings):
        return left
    return {**left, "voided_by": list(dict.fromkeys((*known, *found)))}
