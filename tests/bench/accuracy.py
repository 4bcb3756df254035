"""Who is found and who is mistaken: the tables of error rates, on press photographs beside the checkout.

    python -m tests.bench.accuracy [--probes N] [--strangers N] [--only NAME ...] [--seed N]

Open set, ISO/IEC 19795-1: FNIR is the share of enrolled people whom a search does not name at the threshold, FPIR the
share of strangers for whom it names somebody. Strangers are split in two: one half sets the threshold for an FPIR of
1 %, the other tells the FPIR that comes of it. Probes that the detector misses, or that are too poor to compare, are
misses; "not assessable" counts those that may not be taken for strangers. The people counted have four photographs or
more, the last one as the probe; whoever has two or three is enrolled beside them by one. Intervals are Wilson's, 95 %.
The data are a part of Labeled Faces in the Wild, as labelled; nothing of them is written anywhere.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from detectors.ladder import climb
from detectors.model import FaceModel
from detectors.opencv_zoo import default_pack
from detectors.values import Vector
from tests.bench.manipulations import MANIPULATIONS, morphed, pasted
from tests.bench.rates import (
    Enrolled,
    Photograph,
    Tally,
    central,
    context_of,
    faces_dev,
    gallery_of,
    look_alikes,
    photographs,
    share,
    threshold_for,
)

REFERENCES = 3
LADDER_ON = ("roll 15", "roll 30", "roll 45", "grey with noise")


def clean_table(model_name: str, galleries: Sequence[tuple[str, Enrolled, float]], probes: Sequence[Photograph],
                strangers: Sequence[Photograph]) -> None:  # fmt: skip
    """Print rank 1, FNIR and the FPIR on strangers who did not set the threshold."""
    print(f"### Open set, {model_name}\n")
    print("| references | enrolled | threshold | rank 1 % | FNIR % | FPIR % | probes | strangers |\n|" + "---|" * 8)
    for name, gallery, threshold in galleries:
        best = [(p.person, *gallery.best(p.vector)) for p in probes]
        first = sum(who == person for person, who, _ in best)
        missed = sum(who != person or score < threshold for person, who, score in best)
        alarms = sum(gallery.score(s.vector) >= threshold for s in strangers)
        print(
            f"| {name} | {len(set(gallery.people))} | {threshold:.3f} | {share(first, len(best))} "
            f"| {share(missed, len(best))} | {share(alarms, len(strangers))} | {len(best)} | {len(strangers)} |"
        )


def changed_table(model: FaceModel, galleries: Sequence[tuple[str, Enrolled, float]], probes: Sequence[Photograph],
                  strangers: Sequence[Photograph], names: Sequence[str]) -> None:  # fmt: skip
    """Print the same rates for manipulated probes and equally manipulated strangers, and on the ladder."""
    print("\n### Manipulated\n")
    print("| probes | FNIR %, 1 ref | FNIR %, 3 refs | not detected % | not assessable % | strangers named %, 3 refs |")
    print("|" + "---|" * 6)
    _, gallery, threshold = galleries[-1]
    recogniser = Enrolled(gallery.people, gallery.rows, threshold)
    for name in names:
        rows = [Tally() for _ in galleries]
        alarms, second, second_alarms = Tally(), Tally(), Tally()
        for photograph in [*probes, *strangers]:
            picture = MANIPULATIONS[name](photograph.picture(), photograph.seen.face)
            found = central(picture, model)
            vector = None if found is None else found.vector
            own = photograph.person in gallery.people
            for tally, (_, each, limit) in zip(rows if own else [], galleries, strict=own):
                tally.count(found, _named(each, vector, limit, photograph.person))
            named = vector is not None and recogniser.score(vector) >= threshold
            if not own:
                alarms.count(found, named)
            if name in LADDER_ON:
                named_rightly = _named(recogniser, vector, threshold, photograph.person) if own else named
                if not named and found is not None:
                    reached = climb([context_of(picture, found.face)], model, recogniser)
                    if reached is not None:
                        named_rightly = not own or recogniser.best(reached.vector)[0] == photograph.person
                (second if own else second_alarms).count(found, named_rightly)
        one, three = rows
        print(
            f"| {name} | {_missed(one)} | {_missed(three)} | {share(three.undetected, three.probes)} "
            f"| {share(three.unassessable, three.probes)} | {share(alarms.named, alarms.probes)} |",
            flush=True,
        )
        if name in LADDER_ON:
            print(
                f"| {name}, with the ladder | | {_missed(second)} | | {share(second.unassessable, second.probes)} "
                f"| {share(second_alarms.named, second_alarms.probes)} |",
                flush=True,
            )


def blended_table(model: FaceModel, gallery: Enrolled, threshold: float, probes: Sequence[Photograph]) -> None:
    """Print who is found in pasted faces and in morphs, and whether both are among the ten best candidates."""
    print("\n### Blended faces, 3 references\n")
    print("| blend | first found % | second found % | both found % | both among ten % | n |\n|" + "---|" * 6)
    shifted = [*probes[1:], *probes[:1]]
    alike = look_alikes(probes)
    for name, pairs, blend in (
        ("face of the first pasted on the second", list(zip(probes, shifted, strict=True)), pasted),
        ("morph, random pairs", list(zip(probes, shifted, strict=True)), morphed),
        ("morph, look-alikes", alike, morphed),
    ):
        first = second = both = listed = 0
        for a, b in pairs:
            found = central(blend(a.picture(), a.seen.face, b.picture(), b.seen.face), model)
            if found is None or found.vector is None:
                continue
            scores = gallery.rows @ found.vector
            hits = {gallery.people[n] for n in np.flatnonzero(scores >= threshold)}
            first, second = first + (a.person in hits), second + (b.person in hits)
            both += {a.person, b.person} <= hits
            listed += {a.person, b.person} <= set(gallery.leading(found.vector, 10))
        count = len(pairs)
        print(
            f"| {name} | {share(first, count)} | {share(second, count)} | {share(both, count)} "
            f"| {share(listed, count)} | {count} |",
            flush=True,
        )


def _named(gallery: Enrolled, vector: Vector | None, threshold: float, person: str) -> bool:
    if vector is None:
        return False
    who, score = gallery.best(vector)
    return who == person and score >= threshold


def _missed(tally: Tally) -> str:
    return share(tally.probes - tally.named, tally.probes)


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    folder = faces_dev()
    if folder is None:
        sys.exit("development data not present: put faces-dev into shared/assets beside the checkout")
    shuffle = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as cache:
        model = FaceModel.load(default_pack(Path(cache)), "cpu", threads=arguments.threads)
        folders = sorted(each for each in folder.iterdir() if each.is_dir())
        sizes = {each.name: len(list(each.glob("*.jpg"))) for each in folders}
        people = list(photographs(folders, model, REFERENCES + 1).values())
        shuffle.shuffle(people)
        known = [person for person in people if len(person) > REFERENCES]
        # Enrolled as well, so that there are more to be mistaken for.
        others = [person[:1] for person in people if len(person) <= REFERENCES and sizes[person[0].person] > 1]
        strangers = [person[0] for person in people if sizes[person[0].person] == 1]
        setting, checking = strangers[::2], strangers[1::2]
        probes = [person[-1] for person in known]
        galleries = []
        for count in (1, REFERENCES):
            gallery = gallery_of([*(person[:count] for person in known), *others])
            galleries.append((str(count), gallery, threshold_for(gallery, setting)))
        clean_table(model.pack.name, galleries, probes, checking)
        names = arguments.only or list(MANIPULATIONS)
        changed_table(model, galleries, probes[: arguments.probes], checking[: arguments.strangers], names)
        if not arguments.only:
            blended_table(model, galleries[-1][1], galleries[-1][2], probes[: arguments.probes])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.accuracy")
    parser.add_argument("--probes", type=int, default=60, help="enrolled people per manipulation")
    parser.add_argument("--strangers", type=int, default=40, help="strangers per manipulation")
    parser.add_argument("--only", nargs="*", choices=list(MANIPULATIONS), help="these manipulations")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
