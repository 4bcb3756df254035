"""Who is seen in a file and when: faces joined into appearances, with an honest count of the rest.

Stills are searched page by page, films at the frames that `sampling` chooses. Nobody is named here:
`identify` compares the templates with a gallery.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from detectors.assessment import assessed_faces
from detectors.association import Association, Sighting
from detectors.frames import frames_of
from detectors.image import pages
from detectors.media import identify, signature_at
from detectors.model import FaceModel
from detectors.quality import TOO_SMALL_REASON, rank
from detectors.sampling import FilmSamples, Sample
from detectors.values import Box, Coverage, Media, Picture, Scan

_CROP_SIDE = 256
_CROP_MARGIN = 0.4
_JPEG_QUALITY = 85

Progress = Callable[[float], None]


def scan(path: Path, model: FaceModel, *, on_progress: Progress | None = None) -> Scan:
    """Return everybody seen in the still or film at path.

    on_progress is called with the share done, in [0, 1]. Raises MissingMedia, UnreadableMedia (a still that
    cannot be decoded; a film without one decodable picture), MislabelledMedia, NoPicture. A film that
    breaks off half-way is no error: see `Coverage.unreadable_from_s`.
    """
    media = identify(path)
    tally = _Tally(model)
    if media.kind == "image":
        coverage = _scan_still(media, tally, on_progress)
    else:
        coverage = _scan_film(media, tally, on_progress)
    if on_progress is not None:
        on_progress(1.0)
    return Scan(media, tally.association.appearances(), coverage, model.key)


class _Tally:
    """Searches pictures and counts their faces."""

    def __init__(self, model: FaceModel) -> None:
        self.model = model
        self.association = Association(model.key)
        self.seen = self.searched = self.too_small = self.too_blurred = 0

    def search(self, sample: Sample) -> None:
        """Find, measure and embed the faces of one picture, and pass them on to be joined."""
        faces = assessed_faces(sample.picture, self.model)
        searched = sum(each.vector is not None for each in faces)
        small = sum(TOO_SMALL_REASON in each.quality.reasons for each in faces)
        self.seen += len(faces)
        self.searched += searched
        self.too_small += small
        self.too_blurred += len(faces) - searched - small
        self.association.observe(
            [
                Sighting(
                    each.face,
                    each.quality,
                    each.vector,
                    rank(each.face, each.quality),
                    _crop_jpeg(sample.picture, each.face.box),
                )
                for each in faces
            ],
            shot=sample.shot,
            time_s=sample.time_s,
            end_s=sample.end_s,
        )

    def coverage(
        self,
        *,
        total: int,
        decoded: int,
        searched: int,
        longest_gap_s: float | None,
        unreadable_from_s: float | None,
    ) -> Coverage:
        """Return the counts of faces together with those of pictures."""
        return Coverage(
            frames_total=total,
            frames_decoded=decoded,
            frames_searched=searched,
            longest_gap_s=longest_gap_s,
            faces_seen=self.seen,
            faces_searched=self.searched,
            faces_too_small=self.too_small,
            faces_too_blurred=self.too_blurred,
            unreadable_from_s=unreadable_from_s,
        )


def _scan_still(media: Media, tally: _Tally, on_progress: Progress | None) -> Coverage:
    """Search every page of a still."""
    total = media.frames or 1
    done = 0
    for picture in pages(media.path, signature_at(media.path)):
        # Pages have no time, so no face is followed by position from one to the next.
        tally.search(Sample(None, None, done, picture))
        done += 1
        if on_progress is not None:
            on_progress(min(1.0, done / total))
    return tally.coverage(
        total=max(total, done), decoded=done, searched=done, longest_gap_s=None, unreadable_from_s=None
    )


def _scan_film(media: Media, tally: _Tally, on_progress: Progress | None) -> Coverage:
    """Search the chosen frames of a film."""
    reader = frames_of(media)
    samples = FilmSamples(reader)
    for sample in samples:
        tally.search(sample)
        if on_progress is not None and media.duration_s and sample.time_s is not None:
            on_progress(min(1.0, sample.time_s / media.duration_s))
    declared = media.frames or 0
    broken = reader.unreadable_from_s is not None
    return tally.coverage(
        total=max(declared, reader.frames_decoded) if broken else reader.frames_decoded,
        decoded=reader.frames_decoded,
        searched=samples.searched,
        longest_gap_s=samples.longest_gap_s,
        unreadable_from_s=reader.unreadable_from_s,
    )


def _crop_jpeg(picture: Picture, box: Box) -> bytes:
    """Return the face with a margin as a JPEG of at most 256 pixels a side."""
    height, width = picture.shape[:2]
    across, down = box.width * _CROP_MARGIN, box.height * _CROP_MARGIN
    left, right = _within(box.left - across, box.left + box.width + across, width)
    top, bottom = _within(box.top - down, box.top + box.height + down, height)
    crop = picture[top:bottom, left:right]
    scale = _CROP_SIDE / max(crop.shape[:2])
    if scale < 1.0:
        size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    _, encoded = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return encoded.tobytes()


def _within(low: float, high: float, length: int) -> tuple[int, int]:
    """Return whole limits inside [0, length] that hold at least one pixel."""
    first = min(max(0, int(low)), length - 1)
    return first, max(first + 1, min(length, int(high) + 1))
