"""An audit document as JUnit XML, for build servers: one suite for each file, one case for each rule.

failure: a rule was not met that blocks or holds. error: such a rule could not be judged. skipped: it did not apply or
was waived. What would only warn passes, with its reason as output. The first case of each suite is the file's verdict,
so that a file whose evidence does not hold, or that could not be read, never comes out green.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

from clearance.report.provenance_text import printable
from clearance.report.sarif import rule_id
from clearance.report.sentences import reason, waiver_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

_BINDS: Final = ("block", "review")
_COUNTED: Final = ("failure", "error", "skipped")


def junit_text(document: dict[str, Any]) -> str:
    """Return the JUnit XML of an audit document."""
    root = ElementTree.Element("testsuites", {"name": "clearance"})
    for asset in document["assets"]:
        root.append(_suite(asset, document["created"]))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.attrib[name]) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(asset: dict[str, Any], created: str) -> ElementTree.Element:
    rules: dict[str, list[dict[str, Any]]] = {}
    for finding in asset["findings"]:
        rules.setdefault(rule_id(finding), []).append(finding)
    cases = [_verdict(asset), *(_case(name, found, asset) for name, found in rules.items())]
    count = {kind: sum(case.find(kind) is not None for case in cases) for kind in _COUNTED}
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": printable(asset["path"]),
            # The form of JUnit's schema has no zone; it is UTC.
            "timestamp": created.removesuffix("Z"),
            "tests": str(len(cases)),
            "failures": str(count["failure"]),
            "errors": str(count["error"]),
            "skipped": str(count["skipped"]),
        },
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name in ("sha256", "verdict"):
        ElementTree.SubElement(properties, "property", {"name": name, "value": str(asset[name] or "")})
    suite.extend(cases)
    return suite


def _verdict(asset: dict[str, Any]) -> ElementTree.Element:
    case = ElementTree.Element("testcase", {"classname": printable(asset["path"]), "name": "verdict"})
    if asset["verdict"] not in ("pass", "warn"):
        kind = "failure" if asset["verdict"] == "block" else "error"
        _say(case, kind, asset["verdict"], reason(asset))
    return case


def _case(name: str, findings: Sequence[dict[str, Any]], asset: dict[str, Any]) -> ElementTree.Element:
    """Return one rule's case: the gravest of what it found about each of its subjects, every one in words."""
    title = f"{name} {printable(findings[0]['title'])}"
    case = ElementTree.Element("testcase", {"classname": printable(asset["path"]), "name": title})
    binding = [f for f in findings if f["severity"] in _BINDS]
    failed = [f for f in binding if f["outcome"] == "fail"]
    unknown = [f for f in binding if f["outcome"] == "unknown"]
    told = [f for f in findings if f["outcome"] in ("fail", "unknown", "waived")]
    if failed or unknown:
        first = (failed or unknown)[0]
        _say(case, "failure" if failed else "error", first["severity"], first["why"], *map(_line, told))
    elif all(f["outcome"] in ("not_applicable", "waived") for f in findings):
        waived = next((f["waived"] for f in findings if f["waived"]), None)
        message = f"waived: {waiver_sentence(waived)}" if waived else "does not apply"
        ElementTree.SubElement(case, "skipped", {"message": printable(message)})
    elif told:
        ElementTree.SubElement(case, "system-out").text = "\n".join(map(_line, told))
    return case


def _say(case: ElementTree.Element, kind: str, sort: str, message: str, *lines: str) -> None:
    element = ElementTree.SubElement(case, kind, {"type": sort, "message": printable(message)})
    element.text = "\n".join(lines) or None


def _line(finding: dict[str, Any]) -> str:
    cited = finding["citation"]
    return printable(
        f"{finding['subject']['kind']} {finding['subject']['id']}: {finding['outcome']}: {finding['why']} "
        f"({cited['instrument']}, {cited['section']}) What cures it: {finding['remedy']}"
    )
