"""Aligned crops to unit vectors: scaling, batches of sizes that suit the device, and tensors that stay on it.

On the CPU faces run two at a time: a core takes 1.3 times as long for each of sixteen. A GPU is slow at sizes it has
not seen, and TensorRT builds an engine for a range of them, so there batches have a few fixed sizes and the rest of a
batch is filled with grey.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

import cv2
import numpy as np

from detectors.errors import ProviderUnavailable
from detectors.runtime import CUDA, TENSORRT, tensor_on
from detectors.values import Picture, Vector

CPU_BATCH = 2
GPU_BUCKETS = (1, 4, 16, 64)


class Session(Protocol):
    """A recogniser that runs: scaled crops in, one row for each out."""

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers it really runs on, best first."""

    def run(self, blob: Any) -> Any:
        """Return (n, d) for (n, 3, side, side)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Crops start to stop, run as a batch of size."""

    start: int
    stop: int
    size: int


def batches(count: int, buckets: Sequence[int] = ()) -> list[Batch]:
    """Return how count crops are run: in fixed sizes, or where there are none, two at a time and the rest.

    Full batches of the largest size come first; what is left goes into the smallest size that holds it.
    """
    largest = max(buckets, default=CPU_BATCH)
    found = []
    for start in range(0, count, largest):
        stop = min(count, start + largest)
        size = min((bucket for bucket in buckets if bucket >= stop - start), default=stop - start)
        found.append(Batch(start, stop, size))
    return found


class PlainSession:
    """A recogniser whose input and output lie in ordinary memory."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._input, self._output = session.get_inputs()[0].name, session.get_outputs()[0].name

    @property
    def providers(self) -> tuple[str, ...]:
        return _providers(self._session)

    def run(self, blob: Any) -> Any:
        return self._session.run([self._output], {self._input: blob})[0]


class BoundSession:
    """A recogniser with one input tensor for each size of batch, made once on the device and filled again.

    Safe to share between threads: one batch runs at a time, as it does on the device.
    """

    def __init__(self, session: Any, device: str) -> None:
        self._session, self._device = session, device
        self._input, self._output = session.get_inputs()[0].name, session.get_outputs()[0].name
        self._inputs: dict[tuple[int, ...], Any] = {}
        self._lock = Lock()

    @property
    def providers(self) -> tuple[str, ...]:
        return _providers(self._session)

    def run(self, blob: Any) -> Any:
        try:
            with self._lock:
                return self._bound(blob)
        # ONNX Runtime raises its own errors; a device that runs out of memory or is lost is no defect of a picture.
        except Exception as error:
            message = (
                f'the recogniser stopped on device "{self._device}" ({type(error).__name__}); ask for device "cpu"'
            )
            raise ProviderUnavailable(message) from error

    def _bound(self, blob: Any) -> Any:
        tensor = self._inputs.get(blob.shape)
        if tensor is None:
            tensor = self._inputs[blob.shape] = tensor_on(self._device, blob)
        else:
            tensor.update_inplace(blob)
        binding = self._session.io_binding()
        binding.bind_ortvalue_input(self._input, tensor)
        binding.bind_output(self._output, "cpu")
        self._session.run_with_iobinding(binding)
        return binding.copy_outputs_to_cpu()[0]


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
        if _providers(session)[0] in (CUDA, TENSORRT):
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


def _providers(session: Any) -> tuple[str, ...]:
    return tuple(str(name) for name in session.get_providers())
