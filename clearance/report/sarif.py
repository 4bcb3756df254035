"""An audit document as SARIF 2.1.0 (OASIS), for dashboards that collect findings.

Results are what did not pass: failed, not judged, waived; what passed stands in the record alone. A file that is held,
blocked or invalid has one result of the rule clearance.verdict besides, since many readers skip results of the kind
"open", and a file that could not be judged must never look clean. SARIF has no place for times in film: intervals and
boxes are properties of a location.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from clearance.report.provenance_text import printable
from clearance.report.sentences import reason, waiver_sentence
from clearance.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SCHEMA_ADDRESS: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
VERDICT_RULE: Final = "clearance.verdict"
# SARIF 3.27.10: a result whose kind is not "fail" has the level "none".
_LEVEL: Final = {"block": "error", "review": "warning", "warn": "warning", "info": "note"}
_VERDICT_LEVEL: Final = {"review": "warning", "block": "error", "invalid": "error"}


def sarif_text(document: dict[str, Any]) -> str:
    """Return the SARIF log of an audit document as JSON text."""
    return json.dumps(sarif_of(document), indent=2, ensure_ascii=False) + "\n"


def sarif_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return the SARIF log of an audit document: one run, one artifact for each file."""
    rules = list(_rules(document))
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    name, version = document["tool"].split(" ", 1)
    run = {
        "tool": {"driver": {"name": name, "semanticVersion": version, "rules": rules}},
        "invocations": [
            {
                "executionSuccessful": not any(asset["problem"] for asset in document["assets"]),
                "exitCode": Verdict[document["verdict"].upper()].exit_code,
                "endTimeUtc": document["created"],
            }
        ],
        "artifacts": [_artifact(asset) for asset in document["assets"]],
        "results": list(_results(document["assets"], index)),
        "columnKind": "unicodeCodePoints",
        "properties": {
            "verdict": document["verdict"],
            "asOf": document["as_of"],
            "packs": [{name: pack[name] for name in ("id", "version", "sha256")} for pack in document["packs"]],
        },
    }
    return {"$schema": SCHEMA_ADDRESS, "version": "2.1.0", "runs": [run]}


def _rules(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {
        "id": VERDICT_RULE,
        "shortDescription": {"text": "The file may be used as declared."},
        "help": {"text": "The worst of the file's findings, or why it could not be judged; see the record."},
    }
    found = {rule_id(f): f for asset in document["assets"] for f in asset["findings"]}
    for name, finding in sorted(found.items()):
        cited = finding["citation"]
        rule = {
            "id": name,
            "shortDescription": {"text": printable(finding["title"])},
            "fullDescription": {"text": printable(cited["paraphrase"] or finding["title"])},
            "help": {"text": printable(f"{cited['instrument']}, {cited['section']}. {finding['remedy']}")},
            "defaultConfiguration": {"level": _LEVEL[finding["severity"]]},
            "properties": {"pack": finding["pack"], "severity": finding["severity"], "citation": cited},
        }
        address = cited["address"] or ""
        yield rule | ({"helpUri": address} if address.startswith("https://") else {})


def rule_id(finding: dict[str, Any]) -> str:
    """Return a rule's name across packs: CORE.K2."""
    return f"{finding['pack']}.{finding['rule']}"


def address_of(path: str) -> str:
    """Return a file's path as a URI, file:///... of an absolute path, else relative."""
    written = PurePath(path)
    return written.as_uri() if written.is_absolute() else quote(written.as_posix())


def _artifact(asset: dict[str, Any]) -> dict[str, Any]:
    hashes = {"hashes": {"sha-256": asset["sha256"]}} if asset["sha256"] else {}
    return {"location": {"uri": address_of(asset["path"])}, **hashes, "properties": {"verdict": asset["verdict"]}}


def _results(assets: Iterable[dict[str, Any]], index: dict[str, int]) -> Iterator[dict[str, Any]]:
    for number, asset in enumerate(assets):
        if asset["verdict"] in _VERDICT_LEVEL:
            message = f"{asset['verdict']}: {printable(reason(asset))}"
            yield _result(VERDICT_RULE, index, asset, number, "", None) | {
                "kind": "fail",
                "level": _VERDICT_LEVEL[asset["verdict"]],
                "message": {"text": message},
            }
        for finding in asset["findings"]:
            if finding["outcome"] in ("fail", "unknown", "waived"):
                yield _finding(finding, index, asset, number)


def _finding(finding: dict[str, Any], index: dict[str, int], asset: dict[str, Any], number: int) -> dict[str, Any]:
    waived = finding["waived"]
    failed = (waived["instead_of"] if waived else finding["outcome"]) == "fail"
    result = _result(rule_id(finding), index, asset, number, finding["subject"]["id"], finding["where"])
    result |= {
        "kind": "fail" if failed else "open",
        "level": _LEVEL[finding["severity"]] if failed else "none",
        "message": {"text": printable(f"{finding['why']} What cures it: {finding['remedy']}")},
        "properties": {
            "outcome": finding["outcome"],
            "subject": finding["subject"],
            "missing": finding["missing"],
            "citation": finding["citation"],
            "also": [{"rule": rule_id(other), "citation": other["citation"]} for other in finding["also"]],
        },
    }
    if waived:
        text = printable(waiver_sentence(waived))
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": text}]
    return result


def _result(
    rule: str, index: dict[str, int], asset: dict[str, Any], number: int, subject: str, where: dict[str, Any] | None
) -> dict[str, Any]:
    identity = "\n".join((rule, asset["sha256"] or asset["path"], subject))
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": address_of(asset["path"]), "index": number}}
    }
    if where:
        location["properties"] = {"intervals_s": where["intervals"], "box_px": where["box"]}
    digest = hashlib.sha256(identity.encode()).hexdigest()
    return {
        "ruleId": rule,
        "ruleIndex": index[rule],
        "locations": [location],
        "partialFingerprints": {"clearanceFinding/v1": digest},
    }
