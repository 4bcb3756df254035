"""Aligned crops to unit vectors: scaled as insightface scales, in batches that suit the device."""

from collections.abc import Sequence
from typing import Any, Protocol

import cv2
import numpy as np

from detectors.runtime import CUDA, TENSORRT
from detectors.sessions import BoundSession, PlainSession, Session, batches, providers_of
from detectors.values import Picture, Vector

GPU_BUCKETS = (1, 4, 16, 64)


class MakesTemplates(Protocol):
    """What turns aligned crops into unit vectors: one recogniser, or two together (`fusion`)."""

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers it really runs on, best first."""

    def embed(self, crops: Sequence[Picture]) -> Vector:
        """Return one unit vector per aligned crop, (n, d) float32, in their order."""

    def embed_with_strength(self, crops: Sequence[Picture]) -> tuple[Vector, Vector]:
        """Return embed's unit vectors and, (n,) float32, how long each was before: short for what is no face."""


class Embedder:
    """Turns aligned crops into unit vectors with one recogniser of insightface's."""

    def __init__(self, recogniser: Any, dimension: int, session: Session, buckets: Sequence[int] = ()) -> None:
        self._mean, self._std = recogniser.input_mean, recogniser.input_std
        self._side = recogniser.input_size
        self._type = getattr(recogniser, "input_dtype", np.float32)
        self._dimension, self._session = dimension, session
        self.buckets = tuple(buckets)

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers the recogniser really runs on, best first."""
        return self._session.providers

    @classmethod
    def on(cls, recogniser: Any, dimension: int, session: Any) -> "Embedder":
        """Return the embedder that suits what an ONNX Runtime session really runs on."""
        if providers_of(session)[0] in (CUDA, TENSORRT):
            return cls(recogniser, dimension, BoundSession(session, "cuda"), GPU_BUCKETS)
        return cls(recogniser, dimension, PlainSession(session))

    def embed(self, crops: Sequence[Picture]) -> Vector:
        """Return one unit vector per aligned crop, (n, d) float32, in their order."""
        return self.embed_with_strength(crops)[0]

    def embed_with_strength(self, crops: Sequence[Picture]) -> tuple[Vector, Vector]:
        """Return embed's unit vectors and, (n,) float32, how long each was before: short for what is no face."""
        rows: list[Vector] = [np.zeros((0, self._dimension), dtype=np.float32)]
        for batch in batches(len(crops), self.buckets):
            blob = self._scaled(crops[batch.start : batch.stop])
            filling = np.zeros((batch.size - len(blob), *blob.shape[1:]), dtype=blob.dtype)
            found = self._session.run(np.concatenate([blob, filling]) if len(filling) else blob)
            rows.append(np.asarray(found, dtype=np.float32)[: len(blob)])
        vectors = np.concatenate(rows)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.maximum(norms, np.finfo(np.float32).tiny), norms[:, 0]

    def _scaled(self, crops: Sequence[Picture]) -> Any:
        """Return (n, 3, side, side) in the order red, green, blue, scaled as insightface scales."""
        mean = (self._mean, self._mean, self._mean)
        blob = cv2.dnn.blobFromImages(list(crops), 1.0 / self._std, self._side, mean, swapRB=True)
        return np.ascontiguousarray(blob, dtype=self._type)
