"""What frames the report: cover, verdict, tools, handling of biometrics, limits, and how to repeat the audit."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from clearance.report.pdf_blocks import code, heading, items, pairs, spaced, stated, table, tag, text
from clearance.report.sentences import reason, short_name
from clearance.report.wording import SEARCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clearance.report.pdf_blocks import Section

_ORDER = ("invalid", "block", "review", "warn", "pass")


def cover(audit: Mapping[str, Any], record_sha256: str, signatory: str | None) -> Section:
    """Return section 1: who submits what to whom, for which use, and who signs."""
    declaration = audit["declaration"]
    production, use = declaration["production"], declaration["use"]
    signed = (
        f"{signatory}, by the signature in this file (PAdES) and in report.dsse.json"
        if signatory
        else "nobody: this report is not signed"
    )
    return {
        "title": "Submission",
        "blocks": [
            pairs(
                [
                    ("Supplier", declaration["supplier"]),
                    ("Client", stated(production["client"])),
                    ("Title", production["title"]),
                    ("Project", production["project"]),
                    ("EIDR", stated(production["eidr"])),
                    ("ISAN", stated(production["isan"])),
                    ("Contracts", stated(production["contracts"])),
                    ("Photography began", stated(production["photography_began"])),
                    ("Day of the use", use["date"]),
                    ("Territories", stated(use["territories"])),
                    ("Media", stated(use["media"])),
                    ("Categories", stated(use["categories"])),
                    ("Final version", stated(use["final"])),
                    ("Judged as of", audit["as_of"]),
                    ("Made", f"{audit['created']} by {audit['tool']}"),
                    ("Signed by", signed),
                    ("SHA-256 of report.json", code(record_sha256)),
                ]
            ),
            text(
                "The record of this audit is report.json; this paper is a rendering of it, and where the two differ "
                "the record counts.",
                soft=True,
            ),
        ],
    }


def verdicts(audit: Mapping[str, Any]) -> Section:
    """Return section 2: the verdict, how many files have which, and how the rules came out."""
    files = Counter(asset["verdict"] for asset in audit["assets"])
    outcomes = Counter(finding["outcome"] for asset in audit["assets"] for finding in asset["findings"])
    rows = [[tag(a["verdict"]), short_name(a["path"]), reason(a)] for a in audit["assets"]]
    return {
        "title": "Verdict",
        "blocks": [
            pairs([("Verdict", tag(audit["verdict"])), *_counts(files, outcomes)]),
            table(("Verdict", "File", "Reason"), (2, 5, 10), rows),
        ],
    }


def _counts(files: Counter[str], outcomes: Counter[str]) -> Iterator[tuple[str, str]]:
    yield "Files", f"{files.total()}: " + ", ".join(f"{files[v]} {v}" for v in _ORDER if files[v])
    yield "Rule results", ", ".join(f"{n} {spaced(outcome)}" for outcome, n in sorted(outcomes.items())) or "none"


def tools(audit: Mapping[str, Any]) -> Section:
    """Return section 11: the tools declared, and what their terms allow with the data put in."""
    rows = [
        [
            f"{tool['name']} {tool['version'] or ''}".strip(),
            stated(tool["vendor"]),
            stated(tool["generative"]),
            stated(tool["inputs"]),
            stated(tool["keeps_inputs"]),
            stated(tool["trains_on_inputs"]),
        ]
        for tool in audit["declaration"]["tools"]
    ]
    heads = ("Tool", "Vendor", "Generative", "Inputs", "Keeps inputs", "Trains on inputs")
    listed = table(heads, (4, 3, 2, 3, 2, 2), rows) if rows else text("The declaration names no tool.")
    terms = [
        text(f"{tool['name']}: its terms are the document with the SHA-256 {tool['terms_document']}.")
        for tool in audit["declaration"]["tools"]
        if tool["terms_document"]
    ]
    return {"title": "Tools and data terms", "blocks": [listed, *terms]}


def handling(audit: Mapping[str, Any]) -> Section:
    """Return section 12: on what basis templates were searched, which are kept, and who was not searched."""
    facts = [asset["facts"] for asset in audit["assets"] if asset["facts"]]
    people = {person["ref"]: person for each in facts for person in each.get("performers", [])}
    rows = [
        [
            ref,
            stated(person.get("basis")),
            stated(person.get("release_in_force")),
            stated(person.get("release_jurisdiction")),
            stated(person.get("withdrawn")),
            stated(person.get("templates_kept")),
        ]
        for ref, person in sorted(people.items())
    ]
    heads = ("Performer", "Basis", "Release in force", "Law", "Withdrawn", "Templates kept")
    unused = text("No template of an enrolled performer was used.")
    blocks = [table(heads, (3, 3, 2, 2, 2, 2), rows) if rows else unused]
    for each in facts[:1]:
        found = each.get("biometrics", {})
        blocks.append(pairs([(_label(name), _value(value)) for name, value in found.items() if value is not None]))
    closed = audit["not_searched"]
    blocks.append(
        text(f"Not searched, because the holder of the key did not give it: {', '.join(closed)}.")
        if closed
        else text("No template stayed closed for want of a key.")
    )
    return {"title": "Handling of biometric data", "blocks": blocks}


def _label(name: str) -> str:
    return spaced(name).capitalize()


def _value(value: Any) -> str:
    return (
        ", ".join(f"{spaced(k)}: {stated(v)}" for k, v in value.items()) if isinstance(value, dict) else stated(value)
    )


def limits(audit: Mapping[str, Any]) -> Section:
    """Return section 13: what this audit does not show."""
    return {"title": "Limits of this audit", "blocks": [items(audit["limits"])]}


def log(audit: Mapping[str, Any]) -> Section:
    """Return section 14: the state of the registry's ledger, the packs used, and how to repeat the audit."""
    checkpoint = audit["registry"]["checkpoint"].split("\n")
    pack, calibration = audit["model_pack"], audit["calibration"]
    command = (
        f"clearance audit FILE... --declaration FILE --as-of {audit['as_of']} --search {audit['search_mode']}"
        + "".join(f" --policy {p['id']}" for p in audit["packs"])
    )
    return {
        "title": "Log and repetition",
        "blocks": [
            pairs(
                [
                    ("Ledger", checkpoint[0]),
                    ("Recorded changes", checkpoint[1]),
                    ("Root of the ledger", code(checkpoint[2])),
                    ("Face model", code(pack["sha256"])),
                    ("Calibration", calibration["id"]),
                    ("Searched", SEARCH[audit["search_mode"]]),
                ]
            ),
            heading("To repeat this audit"),
            text("With the same registry, files, declaration, rule packs and face model:"),
            {"kind": "command", "words": command.split()},
        ],
    }
