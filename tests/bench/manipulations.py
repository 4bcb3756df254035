"""Pictures changed as finished media are: compressed, shrunk, graded, turned, covered, smoothed, drawn, blended.

Each manipulation takes a picture with the face in it and gives another picture; nothing is learned or generated. Sizes
are those of a face of about 100 pixels, the width of the faces that `accuracy` feeds in.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.align import similarity
from detectors.values import Face, Picture

Manipulation = Callable[[Picture, Face], Picture]

# The spread at which the detector misses about half of the faces unless the picture is smoothed.
NOISE_SIGMA = 30.0
_SEED = 20261122


def jpeg(quality: int) -> Manipulation:
    """Compress hard."""

    def apply(picture: Picture, face: Face) -> Picture:
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return _picture(cv2.imdecode(data, cv2.IMREAD_COLOR))

    return apply


def face_of(width: float) -> Manipulation:
    """Shrink until the face has this width in pixels."""

    def apply(picture: Picture, face: Face) -> Picture:
        scale = width / face.box.width
        return _picture(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))

    return apply


def blur(sigma: float) -> Manipulation:
    """Put out of focus; sigma for a face of 100 pixels."""

    def apply(picture: Picture, face: Face) -> Picture:
        return _picture(cv2.GaussianBlur(picture, (0, 0), sigma * face.box.width / 100.0))

    return apply


def grade(picture: Picture, face: Face) -> Picture:
    """Grade as a night scene: blue shadows, orange lights, much contrast."""
    level = picture.astype(np.float32) / 255.0
    level = np.clip((level - 0.5) * 1.6 + 0.4, 0.0, 1.0) ** 1.3
    light = level.mean(axis=2, keepdims=True)
    tint = np.concatenate([0.16 - 0.30 * light, 0.02 - 0.04 * light, 0.26 * light - 0.12], axis=2)
    return _picture(np.clip((level + tint) * 255.0, 0, 255))


def grey_with_noise(picture: Picture, face: Face) -> Picture:
    """Take the colour away and add a sensor's noise."""
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.float32)
    grey += np.random.default_rng(_SEED).normal(0.0, NOISE_SIGMA, grey.shape).astype(np.float32)
    return _picture(cv2.merge([np.clip(grey, 0, 255)] * 3))


def flip(picture: Picture, face: Face) -> Picture:
    """Mirror left and right."""
    return _picture(picture[:, ::-1])


def roll(degrees: float) -> Manipulation:
    """Turn about the middle of the face."""

    def apply(picture: Picture, face: Face) -> Picture:
        box = face.box
        middle = (box.left + box.width / 2, box.top + box.height / 2)
        matrix = cv2.getRotationMatrix2D(middle, degrees, 1.0)
        size = (picture.shape[1], picture.shape[0])
        return _picture(cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))

    return apply


def lower_half_mask(picture: Picture, face: Face) -> Picture:
    """Cover nose, mouth and chin with a surgeon's mask."""
    first_eye, second_eye, nose, *_ = face.landmarks
    across, down = _axes(face)
    bridge = nose * 0.6 + (first_eye + second_eye) / 2 * 0.4
    outline = [
        bridge,
        bridge + 1.0 * across + 0.15 * down,
        bridge + 0.8 * across + 1.3 * down,
        bridge + 1.8 * down,
        bridge - 0.8 * across + 1.3 * down,
        bridge - 1.0 * across + 0.15 * down,
    ]
    covered = picture.copy()
    cv2.fillPoly(covered, [np.round(outline).astype(np.int32)], (205, 190, 160), lineType=cv2.LINE_AA)
    return covered


def sunglasses(picture: Picture, face: Face) -> Picture:
    """Cover both eyes with dark glass."""
    across, _ = _axes(face)
    between = float(np.hypot(*across))
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    covered = picture.copy()
    for eye in face.landmarks[:2]:
        axes = (round(0.42 * between), round(0.32 * between))
        middle = (round(float(eye[0])), round(float(eye[1])))
        cv2.ellipse(covered, middle, axes, angle, 0, 360, (18, 16, 15), -1, cv2.LINE_AA)
    first, second = (tuple(int(v) for v in np.round(eye)) for eye in face.landmarks[:2])
    cv2.line(covered, first, second, (18, 16, 15), max(1, round(0.08 * between)), cv2.LINE_AA)
    return covered


def smoothing(picture: Picture, face: Face) -> Picture:
    """Keep the edges and take the texture."""
    return _picture(cv2.edgePreservingFilter(picture, flags=1, sigma_s=60, sigma_r=0.4))


def beauty_filter(picture: Picture, face: Face) -> Picture:
    """Smooth the skin, brighten it and enlarge the eyes, as filters of telephones do."""
    smooth = cv2.bilateralFilter(cv2.bilateralFilter(picture, 11, 45, 9), 11, 45, 9)
    bright = cv2.convertScaleAbs(smooth, alpha=1.08, beta=10)
    rows, columns = np.asarray(np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]], dtype=np.float32)
    radius = 0.45 * float(np.hypot(*_axes(face)[0]))
    from_x, from_y = columns.copy(), rows.copy()
    for eye in face.landmarks[:2]:
        x, y = columns - eye[0], rows - eye[1]
        pull = 0.22 * np.clip(1.0 - np.hypot(x, y) / radius, 0.0, 1.0)
        from_x -= x * pull
        from_y -= y * pull
    return _picture(cv2.remap(bright, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))


def stylisation(picture: Picture, face: Face) -> Picture:
    """Paint it in water colours."""
    return _picture(cv2.stylization(picture, sigma_s=60, sigma_r=0.45))


def cartoon(picture: Picture, face: Face) -> Picture:
    """Draw it with black outlines and eight levels of flat colour."""
    flat = picture
    for _ in range(4):
        flat = _picture(cv2.bilateralFilter(flat, 9, 50, 9))
    levels = flat // 32 * 32 + 16
    grey = cv2.medianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), 5)
    lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 4)
    return _picture(cv2.bitwise_and(levels, levels, mask=lines))


def sketch(picture: Picture, face: Face) -> Picture:
    """Draw it in pencil, without colour."""
    grey, _ = cv2.pencilSketch(picture, sigma_s=60, sigma_r=0.07, shade_factor=0.05)
    return _picture(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))


MANIPULATIONS: Mapping[str, Manipulation] = MappingProxyType(
    {
        "JPEG q20": jpeg(20),
        "face 48 px": face_of(48),
        "face 32 px": face_of(32),
        "face 24 px": face_of(24),
        "blur 3": blur(3.0),
        "blur 5": blur(5.0),
        "strong grade": grade,
        "grey with noise": grey_with_noise,
        "flip": flip,
        "roll 15": roll(15),
        "roll 30": roll(30),
        "roll 45": roll(45),
        "lower-half mask": lower_half_mask,
        "sunglasses": sunglasses,
        "smoothing": smoothing,
        "beauty filter": beauty_filter,
        "stylisation": stylisation,
        "cartoon": cartoon,
        "sketch": sketch,
    }
)


def pasted(donor: Picture, donor_face: Face, host: Picture, host_face: Face) -> Picture:
    """Lay the donor's face over the host's, with the donor's proportions, feathered at the edge."""
    moved = _brought_to(donor, donor_face, host_face.landmarks, host)
    middle = host_face.landmarks.mean(axis=0)
    across, down = _axes(host_face)
    mask = np.zeros(host.shape[:2], dtype=np.float32)
    axes = (round(1.05 * float(np.hypot(*across))), round(1.25 * float(np.hypot(*down))))
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    cv2.ellipse(mask, (round(float(middle[0])), round(float(middle[1]))), axes, angle, 0, 360, 1.0, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.12 * axes[0])[..., None]
    return _picture(moved * soft + host * (1.0 - soft))


def morphed(one: Picture, one_face: Face, other: Picture, other_face: Face) -> Picture:
    """Mix two faces half and half, brought to each other by their landmarks."""
    moved = _brought_to(other, other_face, one_face.landmarks, one)
    return _picture(one * 0.5 + moved * 0.5)


def _brought_to(picture: Picture, face: Face, landmarks: NDArray[np.float32], host: Picture) -> Picture:
    """Return the picture moved so that its face lies on these landmarks, in the host's size."""
    matrix = similarity(face.landmarks.astype(np.float64), landmarks.astype(np.float64))
    size = (host.shape[1], host.shape[0])
    return _picture(cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))


def _axes(face: Face) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the way from eye to eye, and from the eyes to the mouth."""
    points = face.landmarks
    return points[1] - points[0], np.asarray(points[3:5].mean(axis=0) - points[:2].mean(axis=0), dtype=np.float32)


def _picture(values: object) -> Picture:
    """Return values as a picture that owns its rows."""
    return np.ascontiguousarray(np.asarray(values).astype(np.uint8))
