"""The values that leave this room: media, faces, appearances, coverage, identifications.

All are frozen and hold tuples. Pixels are those of the upright picture (orientation applied, square pixels);
times are seconds from the first picture of the file. Vocabulary: ISO/IEC 2382-37 (biometrics) and
ISO/IEC 19795-1 (identification). Nothing but numpy is loaded.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]
"""(d,) or (n, d) float32; a row that is a template has unit length."""

Picture: TypeAlias = NDArray[np.uint8]
"""(height, width, 3) in the order blue, green, red; upright."""

MediaKind = Literal["image", "video", "sequence"]
Transfer = Literal["display", "PQ", "HLG", "scene-linear", "film density"]
QualityLevel = Literal["usable", "poor", "too_poor"]
Decision = Literal["match", "review", "no_match", "not_assessable"]
Flag = Literal["look-alike", "blend suspected", "relative"]
Sampling = Literal["default", "every-frame", "preview"]
"""Which frames of a film are searched: every cut, keyframe, second and change; all; or keyframes alone."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the upright picture; may reach beyond the picture's edge."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One face found in one picture."""

    box: Box
    landmarks: NDArray[np.float32]
    """(5, 2) pixels: eyes, nose, corners of the mouth; of each pair the left one in the picture first."""
    score: float
    """The detector's certainty in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Media:
    """What a file is, by its content and never by its suffix."""

    path: Path
    """Of a sequence its pattern, such as "shot.%04d.exr"."""
    sha256: str
    """Of the whole file, lower-case hexadecimal; of a sequence, of the lines "sha256  name" of its files in order."""
    kind: MediaKind
    format: str
    """"JPEG", "PNG", "WebP", "TIFF", "AVIF", "HEIC", "EXR", "DPX", "MP4", "MOV", "Matroska", "MXF", ...; of a
    sequence that of each of its files."""
    width: int
    height: int
    duration_s: float | None
    """As the container declares; None for stills and where it declares nothing."""
    frame_rate: float | None
    """Mean frames per second; None for stills."""
    frames: int | None
    """Pictures in the file (pages of a still, 1 for most; files of a sequence); None where a container does not
    count them."""
    transfer: Transfer = "display"
    """How the samples relate to light. All but "display" are brought to what a screen shows before faces are
    looked for; faces in extreme light or shadow may suffer by it."""
    timecode: str | None = None
    """Of the first picture, "01:00:00:00", where the file carries it."""
    frame_rate_is_assumed: bool = False
    """Whether no file of a sequence says its rate, so that the times are those of 24 frames per second."""
    missing_numbers: tuple[tuple[int, int], ...] = ()
    """Gaps in a sequence's numbers, each as (first, last) missing number."""
    not_searched: tuple[str, ...] = ()
    """Pictures in the file that are never searched (further video streams, covers), one sentence each."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How far a face can be trusted for comparison, with the reasons in words."""

    level: QualityLevel
    """usable: compare; poor: compare, but finding nobody says little; too_poor: do not compare."""
    reasons: tuple[str, ...]
    """Empty when usable."""
    face_width_px: float
    inter_eye_px: float
    sharpness: float
    """Fine detail relative to contrast on the aligned face; see `detectors.quality`."""
    grain: float = 0.0
    """Detail finer than skin has, relative to contrast: high for noise, pencil and brush."""
    contrast: float = 0.0
    """Spread of the brightness of the inner face, in levels of 255."""
    strength: float | None = None
    """Length of the template before it was made a unit vector; None where no template was made."""


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A face as a unit vector, together with the model that made it."""

    vector: Vector
    """(d,) float32, unit length."""
    model_key: str
    """Templates with different keys must not be compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """One person's face over one or more intervals of one file."""

    id: str
    """"A1", "A2", ... in the order of first sight."""
    intervals: tuple[tuple[float, float], ...]
    """Seconds in which the face was in view; empty for a still. Exact to two frames where every frame was decoded
    and the face was good enough to compare; else from the first to the last searched frame, and the person may be
    in view for up to `Coverage.longest_gap_s` more on either side. Absences under half a second do not count."""
    frames: int
    """Searched frames in which the face was seen."""
    box: Box
    """In the best frame."""
    best_time_s: float | None
    quality: Quality
    """Of the best frame."""
    crop_jpeg: bytes
    """The best frame's face with a margin, upright, at most 256 pixels a side."""
    template: Template | None
    """Mean of the best crops (at most three); None when all were too poor to compare, or none were wanted."""
    retry: str | None = None
    """What had to be done to the picture before the face was recognised; None where nothing was, or helped."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at and what was not; "not seen" never means "absent"."""

    frames_total: int
    """Pictures in the file: counted while decoding, or the container's number where reading broke off."""
    frames_decoded: int
    """Pictures that were decoded; each was compared with the one before for a change of shot."""
    frames_searched: int
    """Pictures in which faces were looked for."""
    longest_gap_s: float | None
    """Longest time between two searched pictures, or from the last one to the end; None for stills."""
    faces_seen: int
    """Faces found in all searched pictures (one person counts once per picture)."""
    faces_searched: int
    """Of those, faces good enough to be compared; none where no templates are made."""
    faces_too_small: int
    """Of those, faces with too few pixels to be compared."""
    faces_too_blurred: int
    """Of those, faces large enough but too blurred, turned away or unlike a photograph to be compared."""
    unreadable_from_s: float | None
    """Time from which pictures were missing or damaged; None when the whole file could be read."""
    sampling: Sampling
    """How the searched pictures were chosen; "every-frame" for stills, of which every page is searched."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Everything seen in one file by one model."""

    media: Media
    appearances: tuple[Appearance, ...]
    coverage: Coverage
    model_key: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A performer of the gallery who resembles the probe."""

    performer: str
    score: float
    """Cosine similarity in [-1, 1] of the performer's best reference."""
    false_match_probability: float
    """Chance that a stranger reaches this score against anybody in a gallery of this size."""


@dataclass(frozen=True, slots=True)
class Identification:
    """Who an appearance may be."""

    appearance: str
    """The appearance's id."""
    decision: Decision
    candidates: tuple[Candidate, ...]
    """Best first, at most ten; also given below the threshold, for a person to look at."""
    why: str
    """One sentence."""
    flags: tuple[Flag, ...] = ()
    """look-alike: a second performer is too close behind the first; blend suspected: several performers are alike and
    none clearly is the one, as in morphs and swaps; relative: the match has a marked twin or relative."""
