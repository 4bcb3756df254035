"""A loaded model pack: finds faces in a picture and turns them into templates.

insightface's own classes load the pack and find the faces; alignment and the batches of the recogniser are
run here, because insightface embeds one face per call and runs its detector at sizes that suit no film.
"""

from collections.abc import Sequence
from typing import Any, Self

import cv2
import numpy as np
from insightface.app import FaceAnalysis

from detectors.align import aligned
from detectors.errors import PackCorrupt
from detectors.noise import NOISY, noise_sigma, smoothed
from detectors.pack import ModelPack
from detectors.passes import BASE_SIDE, DETECTION_THRESHOLD, DetectorPass, detector_passes
from detectors.runtime import Device, execution_providers, require_device, session_options
from detectors.values import Box, Face, Picture, Vector

PREPROCESSING = "umeyama5-112-rgb/1"
"""Part of the model's key: templates made by another alignment do not compare."""
_BATCH = 16
# Reduced by more than this, a picture is averaged before the detector's resizing, which takes every n-th pixel.
_SKIPS_BELOW = 0.4


class FaceModel:
    """One detector and one recogniser, ready to run. Safe to share between threads."""

    def __init__(self, pack: ModelPack, analysis: Any) -> None:
        self.pack = pack
        self._detector = analysis.models["detection"]
        self._recogniser = analysis.models["recognition"]

    @classmethod
    def load(cls, pack: ModelPack, device: Device = "auto", *, threads: int | None = None) -> Self:
        """Return the model of a pack on a device ("auto", "cpu" or "cuda").

        threads: per operator on the CPU; None uses every core. Raises ProviderUnavailable when "cuda" cannot
        be used, PackCorrupt when the files do not load.
        """
        providers = execution_providers(device)
        try:
            analysis = FaceAnalysis(
                name=str(pack.directory),
                allowed_modules=["detection", "recognition"],
                providers=list(providers),
                sess_options=session_options(threads),
                # One session for every size of picture, or each new size would open and keep another one.
                static_shape_sessions=False,
            )
            analysis.prepare(ctx_id=0, det_thresh=DETECTION_THRESHOLD, det_size=(BASE_SIDE, BASE_SIDE))
        # insightface and ONNX Runtime raise errors of a dozen unrelated types, some of them plain Exception.
        except Exception as error:
            message = f"does not load ({type(error).__name__}); remove the folder, it is made again"
            raise PackCorrupt(pack.directory, message) from error
        model = cls(pack, analysis)
        require_device(device, model.providers)
        return model

    @property
    def key(self) -> str:
        """What templates of this model have in common: pack, digest, and the preparation of pictures."""
        return f"{self.pack.name}-{self.pack.version}:{self.pack.sha256[:16]}:{PREPROCESSING}"

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers the recogniser's session really runs on, best first."""
        return tuple(str(name) for name in self._recogniser.session.get_providers())

    def detect(self, bgr: Picture) -> tuple[Face, ...]:
        """Return the faces of an upright picture with a score of at least 0.6, best first.

        Nearly all faces of 32 pixels and most of 24 are found in pictures of up to 7680 pixels a side; beyond
        that the smallest face that is found grows with the picture.
        """
        height, width = bgr.shape[:2]
        passes = detector_passes(width, height)
        if not passes:
            return ()
        finest = max(each.scale for each in passes)
        if finest < 1.0:
            bgr = _reduced(bgr, round(width * finest), round(height * finest))
        if noise_sigma(bgr) > NOISY:
            bgr = smoothed(bgr)
        rows, points = self._candidates(bgr, passes, finest)
        factors = np.array([width / bgr.shape[1], height / bgr.shape[0]], dtype=np.float32)
        faces = []
        for n in self._detector.nms(rows):
            left, top = (rows[n, 0:2] * factors).tolist()
            right, bottom = (rows[n, 2:4] * factors).tolist()
            box = Box(left=left, top=top, width=right - left, height=bottom - top)
            faces.append(Face(box=box, landmarks=points[n] * factors, score=float(rows[n, 4])))
        return tuple(faces)

    def _candidates(self, bgr: Picture, passes: Sequence[DetectorPass], finest: float) -> tuple[Vector, Vector]:
        """Return what all passes admit: (n, 5) left, top, right, bottom, score; and (n, 5, 2) landmarks.

        bgr and what is returned: in pixels of the picture times finest.
        """
        all_rows, all_points = [np.zeros((0, 5), dtype=np.float32)], [np.zeros((0, 5, 2), dtype=np.float32)]
        witnesses: Vector | None = None
        for each in passes:
            seen, corner, enlarged = _view(bgr, each, finest)
            rows, points = self._detector.detect(seen, input_size=each.size, det_thresh=each.lowest_score)
            rows[:, :4] = rows[:, :4] * enlarged + np.tile(corner, 2)
            # The close pass comes first and is the witness of those that follow.
            witnesses = rows if witnesses is None else witnesses
            kept = each.admits(rows, finest, witnesses)
            all_rows.append(rows[kept])
            all_points.append(points[kept] * enlarged + corner)
        return np.concatenate(all_rows), np.concatenate(all_points)

    def embed(self, bgr: Picture, faces: Sequence[Face]) -> Vector:
        """Return one unit vector per face, (n, d) float32, in the order of faces."""
        return self.embed_crops([aligned(bgr, face.landmarks) for face in faces])

    def embed_crops(self, crops: Sequence[Picture]) -> Vector:
        """Return one unit vector per aligned 112 x 112 crop, (n, d) float32."""
        return self.embed_with_strength(crops)[0]

    def embed_with_strength(self, crops: Sequence[Picture]) -> tuple[Vector, Vector]:
        """Return embed_crops' unit vectors and, (n,) float32, how long each was before: short for what is no face."""
        rows: list[Vector] = [np.zeros((0, self.pack.dimension), dtype=np.float32)]
        for start in range(0, len(crops), _BATCH):
            batch = list(crops[start : start + _BATCH])
            rows.append(np.asarray(self._recogniser.get_feat(batch), dtype=np.float32))
        found = np.concatenate(rows)
        norms = np.linalg.norm(found, axis=1, keepdims=True)
        return found / np.maximum(norms, np.finfo(np.float32).tiny), norms[:, 0]


def _view(bgr: Picture, each: DetectorPass, finest: float) -> tuple[Picture, Vector, float]:
    """Return what a pass sees of a picture at the scale finest, where that begins, and the way back in size."""
    if each.tile is not None:
        left, top = each.tile.left, each.tile.top
        part = bgr[top : top + each.size[1], left : left + each.size[0]]
        return part, np.array([left, top], dtype=np.float32), 1.0
    corner, shrunk = np.zeros(2, dtype=np.float32), each.scale / finest
    if shrunk > _SKIPS_BELOW:
        return bgr, corner, 1.0
    small = _reduced(bgr, round(bgr.shape[1] * shrunk), round(bgr.shape[0] * shrunk))
    return small, corner, bgr.shape[1] / small.shape[1]


def _reduced(bgr: Picture, width: int, height: int) -> Picture:
    """Return the picture made smaller by averaging: the detector's own resizing skips pixels, detail becomes noise."""
    size = (max(1, width), max(1, height))
    return np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
