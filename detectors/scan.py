"""Who is seen in a file and when: faces joined into appearances, with an honest count of the rest.

Stills are searched page by page, films at the frames that `sampling` chooses, decoded ahead of the search in a
thread of their own. Nobody is named here: `identify` compares the templates with a gallery. Somebody who can say
what the gallery knows (`recogniser`) makes the scan try again where it knows nobody.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from detectors.ahead import ahead
from detectors.frames import frames_of
from detectors.image import pages
from detectors.ladder import Recogniser
from detectors.media import identify, signature_at
from detectors.model import FaceModel
from detectors.retry import retried
from detectors.sampling import FilmSamples, Sample, grouped
from detectors.tally import Tally
from detectors.values import Appearance, Coverage, Media, Sampling, Scan

Progress = Callable[[float], None]


def scan(
    path: Path,
    model: FaceModel,
    *,
    recogniser: Recogniser | None = None,
    sampling: Sampling = "default",
    make_templates: bool = True,
    on_progress: Progress | None = None,
) -> Scan:
    """Return everybody seen in the still or film at path.

    recogniser: asked at the end about every appearance; those it does not know are tried again (`ladder`).
    sampling: which frames of a film are searched. make_templates: False finds, follows by place and counts faces
    and makes no template of anybody. on_progress is called with the share done, in [0, 1].
    Raises MissingMedia, UnreadableMedia (a still that cannot be decoded; a film without one decodable picture),
    MislabelledMedia, NoPicture. A film that breaks off half-way is no error: see `Coverage.unreadable_from_s`.
    """
    media = identify(path)
    known = recogniser if make_templates else None
    tally = Tally(model, make_templates=make_templates, keep_contexts=known is not None)
    if media.kind == "image":
        coverage = _scan_still(media, tally, on_progress)
    else:
        coverage = _scan_film(media, model, tally, sampling, on_progress)
    appearances = _appearances(tally, model, known)
    if on_progress is not None:
        on_progress(1.0)
    return Scan(media, appearances, coverage, model.key)


def _appearances(tally: Tally, model: FaceModel, recogniser: Recogniser | None) -> tuple[Appearance, ...]:
    """Return everybody, those whom the recogniser does not know after a second try."""
    people = tally.association.people()
    appearances = tally.association.appearances()
    if recogniser is None:
        return appearances
    return tuple(
        retried(appearance, [jpeg for _, jpeg in person.contexts], model, recogniser)
        for appearance, person in zip(appearances, people, strict=True)
    )


def _scan_still(media: Media, tally: Tally, on_progress: Progress | None) -> Coverage:
    """Search every page of a still."""
    total = media.frames or 1
    done = 0
    for picture in pages(media.path, signature_at(media.path)):
        # Pages have no time, so no face is followed by position from one to the next.
        tally.search([Sample(None, None, done, picture)])
        done += 1
        if on_progress is not None:
            on_progress(min(1.0, done / total))
    return tally.coverage(
        "every-frame", total=max(total, done), decoded=done, searched=done, longest_gap_s=None, unreadable_from_s=None
    )


def _scan_film(
    media: Media, model: FaceModel, tally: Tally, sampling: Sampling, on_progress: Progress | None
) -> Coverage:
    """Search the chosen frames of a film."""
    # Each file of a sequence stands by itself: a preview of it would be the whole of it.
    sampling = "default" if media.kind == "sequence" and sampling == "preview" else sampling
    reader = frames_of(media, keyframes_only=sampling == "preview")
    samples = FilmSamples(reader, sampling, frame_pixels=media.width * media.height)
    with closing(ahead(grouped(iter(samples), model.pictures_at_once))) as made:
        for group in made:
            tally.search(group)
            time_s = group[-1].time_s
            # Or the group would live on while the next one is waited for.
            del group
            if on_progress is not None and media.duration_s and time_s is not None:
                on_progress(min(1.0, time_s / media.duration_s))
    declared = media.frames or 0
    broken = reader.unreadable_from_s is not None
    counted = reader.frames_decoded + reader.frames_skipped
    return tally.coverage(
        sampling,
        total=max(declared, counted) if broken else counted,
        decoded=reader.frames_decoded,
        searched=samples.searched,
        longest_gap_s=samples.longest_gap_s,
        unreadable_from_s=reader.unreadable_from_s,
    )
