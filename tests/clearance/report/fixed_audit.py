"""One frozen Audit with something of everything, the same on every machine: what each format's snapshot is made from.

face.jpg is cut from the public-domain portrait clearance/demo/portraits/eileen-collins-1999.jpg. The texts of strangers
attack whatever shows them: markup, formulas, terminals, and letters that turn the writing around.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from clearance.audit import AssetAudit, Audit, ReplicaAudit
from clearance.declaration import Declaration
from clearance.verdict import Verdict
from consent.answer import ConsentAnswer, DimensionAnswer, GrantAnswer, Use
from consent.grant import Evidence, Grant, Scope
from detectors.calibration import Calibration
from detectors.marks import Mark
from detectors.pack import ModelPack
from detectors.values import Appearance, Box, Candidate, Coverage, Identification, Media, Quality, Scan
from policies.facts import Facts
from policies.finding import AlsoAsked, Citation, Finding, SubjectKind, Waived
from policies.pack import Pack
from provenance.reading import Action, Answer, Ingredient, ProvenanceReading, Remark, SignerIdentity

NOW: Final = datetime(2026, 11, 22, 8, tzinfo=UTC)
FACE: Final = (Path(__file__).parent / "face.jpg").read_bytes()
EVIL: Final = '=HYPERLINK("http://evil")<script>alert(1)</script>\u202e\x1b[2J'
FILM_SHA: Final = "a1" * 32
STILL_SHA: Final = "b2" * 32
KEEPER: Final = "P-KEEPER01"
SISTER: Final = "P-SISTER02"
NONE: Final = Answer("absent", "no manifest")
LAW: Final = Citation("Example Act", "section 4(b)", "Consent must cover the use.", "sourced", "2026-11-01")
ADDRESSED: Final = Citation(
    "Example Agreement", "article 39", "A replica needs a reasonably specific description.", "high", "2026-11-01",
    "https://example.org/agreement#39",
)  # fmt: skip


def fixed_audit() -> Audit:
    """Return the Audit: a film that is blocked, a still that passes, and a file that could not be read."""
    return Audit(
        verdict=Verdict.INVALID,
        as_of=NOW,
        created=NOW,
        tool="clearance 0.1.0",
        model_pack=ModelPack(Path("pack"), "example-zoo", "1", "c3" * 32, "MIT", True, 128),
        providers=("CPUExecutionProvider",),
        calibration=Calibration(
            "example-zoo-1/0001", "a set of faces", 0.01, 0.48, 0.43, 0.3, 3, 1, 0.061, 0.028, 1e-5, 1e-4, True, ()
        ),
        search_mode="registry",
        registry_checkpoint="clearance/registry/1\n37\ncm9vdA==\n\n\N{EM DASH} clearance/registry/1 c2lnbmVk\n",
        packs=(
            Pack("CORE", "Consent for every replica", "1.0", date(2026, 1, 1), "pending", "d4" * 32, (), (), {}),
            Pack("UNION", "What the union agreed", "2.1", date(2026, 6, 1), "approved", "e5" * 32, (), (), {}),
        ),
        declaration=declaration(),
        assets=(film(), still(), broken()),
        not_searched=("P-CLOSED03",),
        limits=("Only faces were compared.", "A face that was not seen is not proof that the person is absent."),
    )


def declaration() -> Declaration:
    """Return what the supplier says, with something in every part."""
    return Declaration.model_validate(
        {
            "schema": "clearance.declaration/1",
            "supplier": EVIL,
            "production": {"title": "Night Harbour", "project": "NIGHT-HARBOUR", "client": "Example Studio"}
            | {"eidr": "10.5240/0000-0000-0000-0000-0000-X", "union_notice_synthetic": True},
            "use": {"date": "2026-11-22", "territories": ["US"], "media": ["streaming"], "categories": ["series"]},
            "tools": [
                {"name": "FaceComposer", "version": "4.1", "vendor": "Example Tools", "generative": True}
                | {"trains_on_inputs": False, "keeps_inputs": None, "terms_document": "f6" * 32}
            ],
            "replicas": [
                {"performer": KEEPER, "kind": "ICDR", "character": "The Keeper", "scenes": ["12"], "files": ["film*"]}
            ],
            "synthetic_performers": [{"name": "Nobody One", "files": ["film*"], "prompt_names_performer": False}],
            "attestations": ["parody.json"],
        }
    )


def film() -> AssetAudit:
    """Return a film with a match, a look-alike that a person must see, and one finding of each outcome."""
    media = Media(Path("film.mp4"), FILM_SHA, "video", "MP4", 1280, 720, 9.0, 25.0, 225)
    seen = (
        appearance("A1", ((0.0, 2.0), (7.0, 9.0)), 7.68),
        appearance("A2", ((2.0, 5.0),), 2.48),
    )
    named = (
        Identification("A1", "match", candidates(0.97, 0.2), "The best score 0.97 reaches the match threshold 0.48."),
        Identification("A2", "review", candidates(0.47, 0.45), "Two people are alike.", ("look-alike",)),
    )
    declared = declaration().replicas[0]
    return AssetAudit(
        path=f"/home/ada/night harbour/{EVIL.replace('/', '_')}film.mp4",
        media=media,
        provenance=reading(),
        scan=Scan(media, seen, Coverage(225, 225, 27, 0.48, 22, 20, 1, 1, None, "default"), "key"),
        identifications=named,
        marks=(Mark("credit", "EXIF: Artist", "Jane Photographer", "names somebody"),),
        replicas=(ReplicaAudit(declared, True, consent()),),
        findings=findings(),
        verdict=Verdict.BLOCK,
        facts=facts(FILM_SHA),
    )


def still() -> AssetAudit:
    """Return a still in which nobody was seen and every rule was met."""
    media = Media(Path("still.png"), STILL_SHA, "image", "PNG", 640, 480, None, None, 1)
    return AssetAudit(
        path="deliverables/still.png",
        media=media,
        provenance=ProvenanceReading(False, NONE, NONE, NONE, NONE, NONE),
        scan=Scan(media, (), Coverage(1, 1, 1, None, 0, 0, 0, 0, None, "every-frame"), "key"),
        identifications=(),
        marks=(),
        replicas=(),
        findings=(finding("K2", "pass", "block", subject=STILL_SHA),),
        verdict=Verdict.PASS,
        facts=facts(STILL_SHA),
    )


def broken() -> AssetAudit:
    """Return a file that could not be read at all."""
    problem = "deliverables/broken.mov: ends in the middle of a picture; export it again"
    return AssetAudit("deliverables/broken.mov", None, None, None, (), (), (), (), Verdict.INVALID, problem=problem)


def appearance(name: str, intervals: tuple[tuple[float, float], ...], best: float) -> Appearance:
    """Return one face on screen."""
    quality = Quality("usable", (), 120.0, 50.0, 0.5)
    return Appearance(name, intervals, 13, Box(423.1, 81.6, 378.3, 482.0), best, quality, FACE + name.encode(), None)


def candidates(*scores: float) -> tuple[Candidate, ...]:
    """Return whom a face was compared with, best first; the last is far from everybody."""
    named = (KEEPER, SISTER)
    found = tuple(Candidate(who, score, 1e-9) for who, score in zip(named, scores, strict=True))
    return (*found, Candidate("P-OTHER003", 0.11, 0.77))


def finding(rule: str, outcome: Any, severity: Any, *, subject: str = FILM_SHA, **more: Any) -> Finding:
    """Return what one rule found."""
    kind: SubjectKind = "asset" if len(subject) == 64 else "appearance" if subject.startswith("A") else "replica"
    standard: dict[str, Any] = {
        "why": f"What {rule} found, in words.",
        "facts": (("replica.seen", "true"),),
        "missing": (),
        "citation": LAW,
        "remedy": f"What cures {rule}.",
    }
    about: dict[str, Any] = {"subject_kind": kind, "subject": subject, "severity": severity, "outcome": outcome}
    return Finding(rule, f"The title of {rule}", "CORE", "1.0", **about, **standard | more)


def findings() -> tuple[Finding, ...]:
    """Return one finding of each outcome, one that two packs asked, and one whose words attack."""
    also = AlsoAsked("39.B", "The union asks it too", "UNION", "2.1", "review", "It asks the same.", ADDRESSED)
    waived = Waived("0a" * 32, "0b" * 32, "+1 from the head of legal", "2026-12-31T00:00:00Z", "fail")
    return (
        finding("K2", "fail", "block", subject=KEEPER, why="The grant expired on 2026-03-01.", also=(also,)),
        finding("K10", "unknown", "block", subject="A2", missing=("appearance.adjudication",), citation=ADDRESSED),
        finding("K14", "waived", "review", subject="A2", waived=waived),
        finding("W1", "fail", "warn", why=EVIL),
        finding("N1", "fail", "info"),
        finding("P1", "pass", "block"),
        finding("X9", "not_applicable", "block"),
    )


def consent() -> ConsentAnswer:
    """Return what the keeper agreed to: the term is over, the rest covers the use."""
    grant = Grant(
        performer=KEEPER, signed_on=date(2025, 2, 3), scope=Scope(), id="G-00000001", recorded=NOW, events=(),
        evidence=Evidence(sha256="9c" * 32, hash_verified=True, signature="valid"),
    )  # fmt: skip
    dimensions = (
        DimensionAnswer("term", "not_covered", "The grant ran to 2026-03-01.", "G-00000001 scope.expires_on"),
        DimensionAnswer("project", "covered", "The grant covers NIGHT-HARBOUR.", "G-00000001 scope.projects"),
        DimensionAnswer("scene", "unknown", "The grant names no scenes.", "G-00000001 scope.scenes"),
    )
    use = Use(date=date(2026, 11, 22), project="NIGHT-HARBOUR")
    return ConsentAnswer(KEEPER, use, (GrantAnswer(grant, dimensions),))


def reading() -> ProvenanceReading:
    """Return a manifest that holds, with an ingredient and a remark."""
    good = Answer("valid", "the content is what was signed")
    return ProvenanceReading(
        present=True,
        integrity=good,
        trust=Answer("trusted", "the certificate leads to a list of 2026-10-01"),
        identity=Answer("absent", "no organisation has put its identity to it"),
        time=Answer("none", "the manifest carries no time-stamp"),
        revocation=Answer("not_checked", "nothing is fetched"),
        signer=SignerIdentity("Delivery desk", "Example VFX", "Example CA", "1f", "77" * 32),
        generator="clearance",
        trust_list="urn:example:list",
        manifest_label="urn:c2pa:0001",
        manifests=2,
        actions=(Action("c2pa.created", "trainedAlgorithmicMedia", "FaceComposer 4.1", None, created=True),),
        source_type="trainedAlgorithmicMedia",
        source_type_status="current",
        ingredients=(
            Ingredient(EVIL, "parentOf", good, Answer("untrusted", "no list"), (), "urn:c2pa:2", "urn:c2pa:1"),
        ),
        remarks=(Remark("redaction", "An assertion was redacted."),),
    )


def facts(sha256: str) -> Facts:
    """Return facts in which a person has answered and another's answer does not count."""
    return Facts.model_validate(
        {
            "asset": {"sha256": sha256, "kind": "video"},
            "biometrics": {"search_mode": "registry", "search_logged": True, "vectors_disclosed": False},
            "performers": [{"ref": KEEPER, "release_in_force": True, "release_jurisdiction": "US-CA"}],
            "synthetics": [{"name": "Nobody One", "likeness_search": True, "resembles_enrolled": False}],
            "attestations": [
                {"rule": "UNION.39.B", "answer": "yes", "role": "legal counsel", "reasons": "It is specific."},
                {"rule": "UNION.39.C", "problem": "the answer ended on 2026-10-01"},
            ],
        }
    )
