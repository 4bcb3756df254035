"""Sessions that run batches: of sizes that suit the device, with tensors that stay on it.

On the CPU faces run two at a time: a core takes 1.3 times as long for each of sixteen. A GPU is slow at sizes it has
not seen, and TensorRT builds an engine for a range of them, so there batches have a few fixed sizes and the rest of a
batch is filled with grey.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

from detectors.errors import ProviderUnavailable
from detectors.runtime import tensor_on

CPU_BATCH = 2
# A film of 1080p takes three sizes in up to five batches; at most 100 MB each.
_TENSORS_KEPT = 16


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
    """A model whose input and outputs lie in ordinary memory."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._input, self._output = session.get_inputs()[0].name, session.get_outputs()[0].name

    @property
    def providers(self) -> tuple[str, ...]:
        return providers_of(self._session)

    def run(self, blob: Any) -> Any:
        return self._session.run([self._output], {self._input: blob})[0]

    def outputs(self, blob: Any) -> list[Any]:
        """Return all outputs for a batch."""
        return list(self._session.run(None, {self._input: blob}))


class BoundSession:
    """A model with one input tensor for each size of batch, made once on the device and filled again.

    Of the sizes used last, that is: a detector meets another for every size of picture. Safe to share between
    threads: one batch runs at a time, as it does on the device.
    """

    def __init__(self, session: Any, device: str, model: str = "recogniser") -> None:
        """model: what it is called in an error."""
        self._session, self._device, self._model = session, device, model
        self._input, self._outputs = session.get_inputs()[0].name, [each.name for each in session.get_outputs()]
        self._inputs: dict[tuple[int, ...], Any] = {}
        self._lock = Lock()

    @property
    def providers(self) -> tuple[str, ...]:
        return providers_of(self._session)

    def run(self, blob: Any) -> Any:
        return self.outputs(blob)[0]

    def outputs(self, blob: Any) -> list[Any]:
        """Return all outputs for a batch; raises ProviderUnavailable."""
        try:
            with self._lock:
                return self._bound(blob)
        # ONNX Runtime raises its own errors; a device that runs out of memory or is lost is no defect of a picture.
        except Exception as error:
            stopped = f'the {self._model} stopped on device "{self._device}" ({type(error).__name__})'
            raise ProviderUnavailable(f'{stopped}; ask for device "cpu"') from error

    def _bound(self, blob: Any) -> list[Any]:
        tensor = self._inputs.pop(blob.shape, None)
        if tensor is None:
            if len(self._inputs) >= _TENSORS_KEPT:
                del self._inputs[next(iter(self._inputs))]
            tensor = tensor_on(self._device, blob)
        else:
            tensor.update_inplace(blob)
        self._inputs[blob.shape] = tensor
        binding = self._session.io_binding()
        binding.bind_ortvalue_input(self._input, tensor)
        for name in self._outputs:
            binding.bind_output(name, "cpu")
        self._session.run_with_iobinding(binding)
        return list(binding.copy_outputs_to_cpu())


def providers_of(session: Any) -> tuple[str, ...]:
    """Return the providers that a session of ONNX Runtime really runs on, best first."""
    return tuple(str(name) for name in session.get_providers())
