"""Who is in the files: the assets, the likenesses declared in them, how faces were matched, and who was made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clearance.clock import timecode
from clearance.report.pdf_blocks import code, heading, pairs, picture, spaced, stated, table, tag, text, times
from clearance.report.sentences import coverage_sentence, probability, short_name
from clearance.report.wording import DECISION, KINDS, SEARCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clearance.report.pdf_blocks import Block, Cell, Section

_SEEN = {True: "seen in this file", False: "not recognised in this file", None: "not searched"}


def assets(audit: Mapping[str, Any]) -> Section:
    """Return section 3: every file with its digest, length, manifest and source type."""
    return {"title": "Files", "blocks": [block for asset in audit["assets"] for block in _asset(asset)]}


def _asset(asset: Mapping[str, Any]) -> Iterator[Block]:
    yield heading(short_name(asset["path"]))
    media, provenance = asset["media"], asset["provenance"]
    rows: list[tuple[str, Cell]] = [("Verdict", tag(asset["verdict"])), ("Path", asset["path"])]
    if asset["problem"]:
        rows.append(("Not assessed", asset["problem"]))
    if asset["sha256"]:
        rows.append(("SHA-256", code(asset["sha256"])))
    if media:
        length = "" if media["duration_s"] is None else f", {timecode(media['duration_s'])}"
        rows.append(("Format", f"{media['format']} {media['kind']}, {media['width']} × {media['height']}{length}"))
        rows += [("Not searched", sentence) for sentence in media["not_searched"]]
    if provenance:
        rows.append(("Manifest", provenance["manifest"] or "none"))
        rows.append(("Source type", provenance["source_type"] or "none stated"))
    rows += [(f"Mark in {mark['where']}", f"{mark['value']}: {mark['says']}") for mark in asset["marks"]]
    yield pairs(rows)


def register(audit: Mapping[str, Any]) -> Section:
    """Return section 4: each declared likeness, when it is on screen, its consent, and each term of that."""
    blocks = [block for asset in audit["assets"] for block in _likenesses(asset)]
    return {"title": "Register of likenesses", "blocks": blocks or [text("The declaration names no replica.")]}


def _likenesses(asset: Mapping[str, Any]) -> Iterator[Block]:
    if not asset["replicas"]:
        return
    yield heading(short_name(asset["path"]))
    for replica in asset["replicas"]:
        seen_at = [
            times(a["intervals"])
            for a in asset["appearances"]
            if a["decision"] == "match" and a["candidates"][0]["performer"] == replica["performer"]
        ]
        evidence = replica["evidence"]
        yield pairs(
            [
                ("Performer", replica["performer"]),
                ("Declared as", KINDS[replica["kind"]] + f" ({', '.join(replica['modalities'])})"),
                ("Character", stated(replica["character"])),
                ("Scenes", stated(replica["scenes"])),
                ("Seen", "; ".join(seen_at) or _SEEN[replica["seen"]]),
                ("Consent", replica["grant"] or "no grant on record"),
                ("Document", _document(evidence) if replica["grant"] else "none"),
            ]
        )
        if replica["consent"]:
            rows = [[spaced(c["dimension"]), spaced(c["outcome"]), c["why"], c["clause"]] for c in replica["consent"]]
            yield table(("Term", "Result", "Why", "Clause"), (3, 3, 9, 5), rows)


def _document(evidence: Mapping[str, Any] | None) -> str:
    if evidence is None:
        return "the grant rests on no document"
    held = "had the recorded hash when the grant was recorded" if evidence["hash_verified"] else "was not seen"
    signature = {"valid": "is valid", "invalid": "is NOT valid"}.get(evidence["signature"], "was not checked")
    return f"it {held}; its signature {signature}"


def evidence(audit: Mapping[str, Any], crops: Mapping[str, bytes]) -> Section:
    """Return section 5: the model, its thresholds and error rates, and for every file who appears and what was seen."""
    return {
        "title": "Evidence of recognition",
        "blocks": [_method(audit), *(block for asset in audit["assets"] for block in _seen(asset, crops))],
    }


def _method(audit: Mapping[str, Any]) -> Block:
    pack, rates = audit["model_pack"], audit["calibration"]
    held = f" (used under a licence that the operator named: {pack['licence_held']})" if pack["licence_held"] else ""
    beyond = "; the match threshold lies beyond the scores at which false matches were counted"
    return pairs(
        [
            ("Searched among", SEARCH[audit["search_mode"]]),
            ("Face model", f"{pack['name']} {pack['version']}, run on {', '.join(pack['providers'])}"),
            ("Licence", pack["licence"] + held),
            *(
                ("Mean of the scores with", f"{part['name']} {part['version']}, licence {part['licence']}")
                for part in pack.get("parts", [])
            ),
            ("Match from", f"{rates['threshold']:.2f}"),
            ("Human review from", f"{rates['review_threshold']:.2f}" + (beyond if rates["extrapolated"] else "")),
            ("Measured on", rates["dataset"]),
            (
                "Enrolled people missed",
                f"{probability(rates['expected_fnir'])} not matched, "
                f"{probability(rates['expected_review_fnir'])} not even sent to review, with "
                f"{rates['references']} reference{'s' * (rates['references'] > 1)} each",
            ),
            (
                "Strangers named",
                f"{probability(rates['expected_fpir'])} matched, {probability(rates['expected_review_fpir'])} sent to "
                f"review, among {rates['gallery_size']} templates",
            ),
        ]
    )


def _seen(asset: Mapping[str, Any], crops: Mapping[str, bytes]) -> Iterator[Block]:
    yield heading(short_name(asset["path"]))
    if not asset["coverage"]:
        yield text(f"Not assessed: {asset['problem']}")
        return
    yield text(coverage_sentence(asset["coverage"]))
    rows = [
        [picture(a, crops), a["id"], times(a["intervals"]), _result(a), ", ".join(map(_candidate, a["candidates"][:3]))]
        for a in asset["appearances"]
    ]
    if rows:
        yield table(("Face", "Id", "When", "Result", "Nearest, with score"), (3, 1, 4, 6, 6), rows)
    else:
        yield text("No face was seen. That is not proof that nobody is in the picture.")


def _result(appearance: Mapping[str, Any]) -> str:
    quality = appearance["quality"]
    why = f" Picture quality: {spaced(quality['level'])}, {', '.join(quality['reasons'])}."
    poor = why if quality["reasons"] else ""
    flags = f" {', '.join(appearance['flags']).capitalize()}." if appearance["flags"] else ""
    return f"{DECISION[appearance['decision']]}. {appearance['why']}{flags}{poor}"


def _candidate(candidate: Mapping[str, Any]) -> str:
    chance = probability(candidate["false_match_probability"])
    return f"{candidate['performer']} {candidate['score']:.2f} (by chance: {chance})"


def synthetic(audit: Mapping[str, Any]) -> Section:
    """Return section 6: people who are meant to be nobody, whom they resemble, and what their prompts named."""
    declared = {one["name"]: one for one in audit["declaration"]["synthetic_performers"]}
    found = [
        (asset, one) for asset in audit["assets"] if asset["facts"] for one in asset["facts"].get("synthetics", [])
    ]
    rows = [
        [
            one["name"],
            stated(declared.get(one["name"], {}).get("description")),
            short_name(asset["path"]),
            stated(one.get("resembles_enrolled")),
            stated(one.get("prompt_names_performer")),
            stated(one.get("prompt_names_feature")),
        ]
        for asset, one in found
    ]
    heads = (
        "Name",
        "Description",
        "File",
        "Resembles anybody",
        "Prompt names a performer",
        "... or a feature",
    )
    notice = audit["declaration"]["production"]["union_notice_synthetic"]
    return {
        "title": "Synthetic performers",
        "blocks": [
            table(heads, (3, 4, 4, 3, 3, 3), rows) if rows else text("None is declared in these files."),
            text(f"The union was given notice of them: {stated(notice)}."),
        ],
    }
