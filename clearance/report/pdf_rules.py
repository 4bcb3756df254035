"""What was judged: provenance, the results of the rules, the attestations they rest on, and what was waived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clearance.report.pdf_blocks import finding as finding_block
from clearance.report.pdf_blocks import heading, pairs, picture, spaced, stated, table, text, times
from clearance.report.sentences import short_name, waiver_sentence
from clearance.report.wording import ANSWERS, SEVERITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clearance.report.pdf_blocks import Block, Section

_MOST_FACT_LETTERS = 300


def provenance(audit: Mapping[str, Any]) -> Section:
    """Return section 7: what each file says about its own making, and how far that can be believed."""
    blocks = [block for asset in audit["assets"] for block in _reading(asset)]
    return {"title": "Provenance", "blocks": blocks or [text("No file could be read.")]}


def _reading(asset: Mapping[str, Any]) -> Iterator[Block]:
    said = asset["provenance"]
    if not said:
        return
    yield heading(short_name(asset["path"]))
    rows = [(label, f"{spaced(said[name]['value'])}: {said[name]['why']}") for name, label in ANSWERS]
    if said["present"]:
        rows += [
            ("Signed by", _signer(said)),
            ("Trust list", stated(said["trust_list"])),
            ("Validation codes", ", ".join(said["codes"]) or "none that tell against it"),
            ("Source type", said["source_type"] or "none stated"),
            ("Actions", ", ".join(map(_action, said["actions"])) or "none stated"),
            *(("Made from", _ingredient(one)) for one in said["ingredients"]),
        ]
    rows += [("Note", remark["sentence"]) for remark in said["remarks"]]
    yield pairs(rows)


def _signer(said: Mapping[str, Any]) -> str:
    name = said["signer"]["subject"] if said["signer"] else "not readable"
    return f"{name}, at {said['time_at']}" if said["time_at"] else str(name)


def _action(action: Mapping[str, Any]) -> str:
    return f"{action['name']} ({action['agent']})" if action["agent"] else str(action["name"])


def _ingredient(one: Mapping[str, Any]) -> str:
    answers = ", ".join(f"{name} {spaced(one['answers'][name]['value'])}" for name, _ in ANSWERS)
    back = f", {one['depth']} steps back" if one["depth"] > 1 else ""
    return f"{one['title'] or 'untitled'} ({one['relationship']}{back}): {answers}"


def rules(audit: Mapping[str, Any], crops: Mapping[str, bytes]) -> Section:
    """Return section 8: the packs, then for each file what stands in the way with its cure, and all other rules."""
    packs = table(
        ("Pack", "Version", "Title", "Legal review", "SHA-256"),
        (2, 2, 7, 2, 3),
        [[p["id"], p["version"], p["title"], p["legal_review"], p["sha256"][:16]] for p in audit["packs"]],
    )
    judged = text(f"Judged as of {audit['as_of']}, for a use on {audit['declaration']['use']['date']}.")
    blocks = [packs, judged, *(block for asset in audit["assets"] for block in _results(asset, crops))]
    return {"title": "Results of the rules", "blocks": blocks}


def _results(asset: Mapping[str, Any], crops: Mapping[str, bytes]) -> Iterator[Block]:
    yield heading(short_name(asset["path"]))
    if asset["problem"]:
        yield text(f"Not judged: {asset['problem']}")
        return
    appearances = {a["id"]: a for a in asset["appearances"]}
    for f in asset["findings"]:
        if f["outcome"] in ("fail", "unknown", "waived"):
            yield _open(f, appearances, crops)
    rows = [
        [f"{f['rule']} of {f['pack']}", f["title"], _about(f), spaced(f["outcome"]), _source(f["citation"])]
        for f in asset["findings"]
        if f["outcome"] not in ("fail", "unknown", "waived")
    ]
    if rows:
        yield table(("Rule", "What it asks", "About", "Outcome", "Source"), (3, 7, 3, 2, 6), rows)


def _open(f: Mapping[str, Any], appearances: Mapping[str, Any], crops: Mapping[str, bytes]) -> Block:
    tone = {"unknown": "review", "waived": "warn"}.get(f["outcome"], f["severity"])
    result = {"unknown": "could not be judged, so the file is held", "waived": "waived"}.get(
        f["outcome"], SEVERITY[f["severity"]]
    )
    where = f["where"]["intervals"] if f["where"] else []
    rows = [
        ("Rule", f"{f['rule']} of pack {f['pack']}: {result}"),
        ("About", _about(f) + (f", at {times(where)}" if where else "")),
        *([("Facts used", _facts(f["facts"]))] if f["facts"] else []),
        *([("Not known", ", ".join(f["missing"]))] if f["missing"] else []),
        ("Source", _source(f["citation"], paraphrase=True)),
        *(
            ("Also asked by", f"{o['rule']} of pack {o['pack']}: {_source(o['citation'], paraphrase=True)}")
            for o in f["also"]
        ),
        ("Waived", waiver_sentence(f["waived"])) if f["waived"] else ("What cures it", f["remedy"]),
    ]
    shown = appearances.get(f["subject"]["id"]) if f["subject"]["kind"] == "appearance" else None
    return finding_block(f["title"], f["why"], tone, rows, picture(shown, crops) if shown else "")


def _about(f: Mapping[str, Any]) -> str:
    subject = f["subject"]
    return "this file" if subject["kind"] == "asset" else f"{subject['kind']} {subject['id']}"


def _facts(facts: Mapping[str, Any]) -> str:
    told = "; ".join(f"{name} is {value}" for name, value in facts.items())
    return told if len(told) <= _MOST_FACT_LETTERS else f"{told[:_MOST_FACT_LETTERS]}... (whole in report.json)"


def _source(citation: Mapping[str, Any], *, paraphrase: bool = False) -> str:
    said = f": {citation['paraphrase']}" if paraphrase and citation["paraphrase"] else ""
    return f"{citation['instrument']}, {citation['section']}{said}"


def attestations(audit: Mapping[str, Any]) -> Section:
    """Return section 9: what authorised persons answered, and which answers did not count and why."""
    rows = [
        [short_name(asset["path"]), one["rule"], _answer(one), one.get("role", ""), one.get("reasons", "")]
        for asset in audit["assets"]
        if asset["facts"]
        for one in asset["facts"].get("attestations", [])
    ]
    heads = ("File", "Asked by", "Answer", "Answered as", "Reasons")
    named = audit["declaration"]["attestations"]
    return {
        "title": "Attestations",
        "blocks": [
            table(heads, (4, 3, 4, 3, 6), rows) if rows else text("No signed answer was given for these files."),
            *([text(f"Named in the declaration: {', '.join(named)}.")] if named else []),
        ],
    }


def _answer(one: Mapping[str, Any]) -> str:
    return f"does not count: {one['problem']}" if one.get("problem") else stated(one.get("answer"))


def waivers(audit: Mapping[str, Any]) -> Section:
    """Return section 10: every finding that was set aside, by whom and until when."""
    rows = [
        [short_name(asset["path"]), f"{f['rule']} of {f['pack']}", f["title"], waiver_sentence(f["waived"])]
        for asset in audit["assets"]
        for f in asset["findings"]
        if f["waived"]
    ]
    heads = ("File", "Rule", "What it asks", "Set aside")
    return {
        "title": "Exceptions and waivers",
        "blocks": [table(heads, (3, 2, 5, 7), rows) if rows else text("Nothing was waived.")],
    }
