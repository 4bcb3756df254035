"""A loaded model pack: finds faces in a picture and turns them into templates.

insightface's own classes load the pack and find the faces; alignment and the batches of the recogniser are
run here, because insightface embeds one face per call and runs its detector at sizes that suit no film.
"""

from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
from insightface.app import FaceAnalysis
from insightface.data import get_image

from detectors.align import aligned
from detectors.detection import Detector, Found, detector_on
from detectors.embedding import GPU_BUCKETS, Embedder, MakesTemplates
from detectors.errors import PackCorrupt
from detectors.fusion import RULE, FusedEmbedder
from detectors.nvidia import architecture, tensorrt_version
from detectors.pack import ModelPack
from detectors.parity import Place, record, recorded, require_parity
from detectors.passes import BASE_SIDE, DETECTION_THRESHOLD
from detectors.runtime import (
    CPU,
    Device,
    Provider,
    execution_providers,
    open_tensorrt_session,
    provider_report,
    require_device,
    session_options,
    tensorrt_providers,
    unusable,
)
from detectors.values import Box, Face, Picture, Vector
from detectors.views import Prepared, prepared

PREPROCESSING = "umeyama5-112-rgb/1"
"""Part of the model's key: templates made by another alignment do not compare."""


class FaceModel:
    """One detector and one recogniser, ready to run. Safe to share between threads."""

    def __init__(
        self,
        pack: ModelPack,
        analysis: Any,
        embedder: MakesTemplates | None = None,
        detector: Detector | None = None,
    ) -> None:
        """embedder, detector: run the two models in place of what suits insightface's own sessions."""
        self.pack = pack
        self._analysis = analysis
        self._scrfd = analysis.models["detection"]
        self._detector = detector or detector_on(self._scrfd, photographs)
        recogniser = analysis.models["recognition"]
        self._embedder: MakesTemplates = embedder or Embedder.on(recogniser, pack.dimension, recogniser.session)

    @classmethod
    def load(
        cls, pack: ModelPack, device: Device = "auto", *, threads: int | None = None, cache: Path | None = None
    ) -> Self:
        """Return the model of a pack, or of a pair, on a device ("auto", "cpu", "cuda" or "tensorrt").

        threads: per operator on the CPU; None uses every core. cache: where the engines of a GPU and the record of
        its parity with the CPU are kept; without it they are made each time. Raises ProviderUnavailable when a GPU
        that was asked for cannot be used, ParityFailed when one gives other results than the CPU, PackCorrupt when
        the files do not load.
        """
        if pack.parts:
            # Each part agrees with the CPU by itself, and so does the mean of their cosines.
            first, second = (cls.load(part, device, threads=threads, cache=cache) for part in pack.parts)
            return cls(pack, first._analysis, FusedEmbedder(first._embedder, second._embedder), first._detector)
        providers = execution_providers(device)
        if providers[0] == CPU:
            return cls(pack, _analysis(pack, providers, threads))
        with ExitStack() as stack:
            place = place_of(pack, device)
            folder = place.folder(cache or Path(stack.enter_context(TemporaryDirectory())), pack)
            analysis = analysis_on_gpu(pack, device, providers)
            model = cls(pack, analysis, _on_tensorrt(pack, analysis, folder) if device == "tensorrt" else None)
            require_device(device, model.providers)
            if model.providers[0] != CPU and not recorded(folder, place):
                record(folder, place, model.shown_equal(cls.load(pack, "cpu", threads=threads), device))
        return model

    def shown_equal(self, reference: "FaceModel", device: str) -> float:
        """Return the lowest cosine between this model's templates and a reference's, on the same pictures.

        Raises ParityFailed; see `detectors.parity`. The pictures are `photographs`; found together, as in films.
        """
        pictures = photographs()
        faces = reference.detect_all(pictures)
        crops = [aligned(bgr, face.landmarks) for bgr, here in zip(pictures, faces, strict=True) for face in here]
        ours, theirs = self.embed_crops(crops), reference.embed_crops(crops)
        return require_parity(device, ours, theirs, self.detect_all(pictures), faces)

    @property
    def key(self) -> str:
        """What templates of this model have in common: pack, digest, preparation of pictures, of a pair the rule."""
        key = f"{self.pack.name}-{self.pack.version}:{self.pack.sha256[:16]}:{PREPROCESSING}"
        return f"{key}:{RULE}" if self.pack.parts else key

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers the recogniser's session really runs on, best first."""
        return self._embedder.providers

    @property
    def pictures_at_once(self) -> int:
        """How many pictures are worth handing to `detect_all` together: 1 where each takes as long as alone."""
        return self._detector.at_once

    def detect(self, bgr: Picture) -> tuple[Face, ...]:
        """Return the faces of an upright picture with a score of at least 0.6, best first.

        Nearly all faces of 32 pixels and most of 24 are found in pictures of up to 7680 pixels a side; beyond
        that the smallest face that is found grows with the picture.
        """
        return self.detect_all([bgr])[0]

    def detect_all(self, pictures: Sequence[Picture]) -> list[tuple[Face, ...]]:
        """Return the faces of each picture, as `detect` does; those of pictures of one size are found together."""
        ready = [prepared(bgr) for bgr in pictures]
        found = iter(self._detector.found([look.view for each in ready for look in each.looks]))
        return [self._faces(each, [next(found) for _ in each.looks]) for each in ready]

    def _faces(self, picture: Prepared, found: Sequence[Found]) -> tuple[Face, ...]:
        """Return the faces among all that the detector found in the views of a picture, each once."""
        rows, points = picture.admitted(found)
        faces = []
        for n in self._scrfd.nms(rows):
            left, top = (rows[n, 0:2] * picture.factors).tolist()
            right, bottom = (rows[n, 2:4] * picture.factors).tolist()
            box = Box(left=left, top=top, width=right - left, height=bottom - top)
            faces.append(Face(box=box, landmarks=points[n] * picture.factors, score=float(rows[n, 4])))
        return tuple(faces)

    def embed(self, bgr: Picture, faces: Sequence[Face]) -> Vector:
        """Return one unit vector per face, (n, d) float32, in the order of faces."""
        return self.embed_crops([aligned(bgr, face.landmarks) for face in faces])

    def embed_crops(self, crops: Sequence[Picture]) -> Vector:
        """Return one unit vector per aligned 112 x 112 crop, (n, d) float32."""
        return self._embedder.embed(crops)

    def embed_with_strength(self, crops: Sequence[Picture]) -> tuple[Vector, Vector]:
        """Return embed_crops' unit vectors and, (n,) float32, how long each was before: short for what is no face."""
        return self._embedder.embed_with_strength(crops)


def photographs() -> list[Picture]:
    """Return the group photograph that insightface carries, and its mirror image."""
    photograph = np.asarray(get_image("t1"), dtype=np.uint8)
    return [photograph, np.ascontiguousarray(photograph[:, ::-1])]


def place_of(pack: ModelPack, device: Device) -> Place:
    """Return all that the results of a pack on a device of this machine depend on."""
    tensorrt = (tensorrt_version() or "none") if device == "tensorrt" else "unused"
    arithmetic = "tensorrt" if device == "tensorrt" else "cuda"
    return Place(pack.sha256, arithmetic, architecture() or "unknown", provider_report().version, tensorrt)


def _analysis(pack: ModelPack, providers: Sequence[Provider], threads: int | None) -> Any:
    """Return insightface's loaded pack; raises PackCorrupt."""
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
        message = f"does not load ({type(error).__name__}); remove the folder, and make or install it again"
        raise PackCorrupt(pack.directory, message) from error
    return analysis


def analysis_on_gpu(pack: ModelPack, device: Device, providers: Sequence[Provider]) -> Any:
    """Return insightface's loaded pack, whose sessions will not change to the CPU while they run."""
    try:
        # ONNX Runtime prints on stdout, where results go, that it fell back.
        with redirect_stdout(StringIO()):
            analysis = _analysis(pack, providers, None)
    except PackCorrupt as error:
        raise unusable(device, f"the model does not load ({type(error.__cause__).__name__})") from error
    for model in analysis.models.values():
        model.session.disable_fallback()
    return analysis


def _on_tensorrt(pack: ModelPack, analysis: Any, engines: Path) -> Embedder:
    """Return an embedder whose recogniser runs on TensorRT; raises ProviderUnavailable.

    The detector stays on CUDA: its input has another size for every size of picture.
    """
    recogniser = analysis.models["recognition"]
    engines.mkdir(parents=True, exist_ok=True)
    width, height = recogniser.input_size
    providers = tensorrt_providers(engines, recogniser.input_name, (3, height, width), GPU_BUCKETS)
    try:
        session = open_tensorrt_session(Path(recogniser.model_file), providers)
    # ONNX Runtime raises its own errors, the loader OSError.
    except Exception as error:
        raise unusable("tensorrt", f"it does not open the recogniser ({type(error).__name__})") from error
    return Embedder.on(recogniser, pack.dimension, session)
