"""One measured workload in a process of its own, so that its peak memory is its own: prints one JSON line.

Run by `tests.bench`; `python -m tests.bench.child NAME ARGUMENT...` runs one alone.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from clearance.settings import load


def scan_ours(clip: str, references: str) -> dict[str, Any]:
    """Scan a clip as the product does and name whom it recognises."""
    from clearance.likeness import face_model
    from detectors.calibration import calibration_for
    from detectors.identify import identify
    from detectors.scan import scan

    model = face_model(load(home=None))
    pack = model.pack
    gallery = _gallery(model, references)
    started = time.perf_counter()
    found = scan(Path(clip), model)
    named = identify(found.appearances, gallery, calibration_for(pack, len(gallery.performers)))
    seconds = time.perf_counter() - started
    # A poor face goes to a person whatever its score: found, though not decided.
    found_people = {i.candidates[0].performer for i in named if i.decision in ("match", "review")}
    return {"seconds": seconds, "people": sorted(found_people), "frames": found.coverage.frames_searched}


def scan_every_frame(clip: str, references: str) -> dict[str, Any]:
    """Run insightface's FaceAnalysis.get with the same pack on every frame, and name whom it recognises."""
    import av
    from insightface.app import FaceAnalysis

    from clearance.likeness import face_model
    from detectors.calibration import calibration_for

    model = face_model(load(home=None))
    pack = model.pack
    gallery = _gallery(model, references)
    threshold = calibration_for(pack, len(gallery.performers)).threshold
    peer = FaceAnalysis(name=str(pack.directory), providers=["CPUExecutionProvider"])
    peer.prepare(ctx_id=-1, det_thresh=0.6, det_size=(640, 640))
    people: set[str] = set()
    frames = 0
    started = time.perf_counter()
    with av.open(clip) as container:
        for frame in container.decode(video=0):
            frames += 1
            for face in peer.get(frame.to_ndarray(format="bgr24")):
                scores = gallery.vectors @ face.normed_embedding
                if scores.max() >= threshold:
                    people.add(gallery.performers[int(scores.argmax())])
    return {"seconds": time.perf_counter() - started, "people": sorted(people), "frames": frames}


def decode_only(clip: str) -> dict[str, Any]:
    """Decode every frame and do nothing with it: the limit for whoever looks at every frame."""
    import av

    started = time.perf_counter()
    with av.open(clip) as container:
        frames = sum(1 for _ in container.decode(video=0))
    return {"seconds": time.perf_counter() - started, "frames": frames}


def verify_ours(path: str, roots: str) -> dict[str, Any]:
    """Verify a signed file as the auditor's command does."""
    from clearance.verify import verify
    from provenance.trust import load as load_trust

    trust = load_trust(Path(roots))
    started = time.perf_counter()
    verification = verify(Path(path), trust)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "verdict": str(verification.verdict), "reader_mb": _readers_mb()}


def verify_folder(folder: str, roots: str) -> dict[str, Any]:
    """Verify every file of a folder as one command line does, through the pool."""
    from clearance.verify import Terms, verify_all
    from provenance.trust import load as load_trust

    paths, terms = sorted(Path(folder).iterdir()), Terms(load_trust(Path(roots)))
    started = time.perf_counter()
    verdicts = {str(verification.verdict) for verification in verify_all(paths, terms)}
    return {"seconds": time.perf_counter() - started, "verdicts": sorted(verdicts), "reader_mb": _readers_mb()}


def read_one_by_one(folder: str, roots: str) -> dict[str, Any]:
    """Read and hash every file of a folder in this process, one after another."""
    from provenance.trust import load as load_trust
    from provenance.verify import read

    trust = load_trust(Path(roots))
    paths = sorted(Path(folder).iterdir())
    started = time.perf_counter()
    for path in paths:
        read(path, trust)
        hash_only(str(path))
    return {"seconds": time.perf_counter() - started}


def _readers_mb() -> float:
    """Return the most memory that any process held which this one started and saw end, in megabytes."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6


def sign_whole(source: str, work: str) -> dict[str, Any]:
    """Sign a film into a copy, as the product does."""
    from tests.bench.provenance_sign import measured_signing

    return measured_signing(Path(source), Path(work), sidecar=False)


def sign_sidecar(source: str, work: str) -> dict[str, Any]:
    """Sign a film by a manifest beside it."""
    from tests.bench.provenance_sign import measured_signing

    return measured_signing(Path(source), Path(work), sidecar=True)


def sign_engine(source: str, work: str) -> dict[str, Any]:
    """Bind a film with the engine alone."""
    from tests.bench.provenance_sign import measured_engine

    return measured_engine(Path(source), Path(work))


def hash_only(path: str) -> dict[str, Any]:
    """Hash a file: the limit for whoever checks every byte."""
    started = time.perf_counter()
    with Path(path).open("rb") as opened:
        hashlib.file_digest(opened, "sha256")
    return {"seconds": time.perf_counter() - started}


def _gallery(model: Any, references: str) -> Any:
    import numpy as np

    from detectors.enrolment import reference_face
    from detectors.gallery import Gallery

    images = sorted(Path(references).glob("*.jpg"))
    vectors = np.stack([reference_face(image, model).template.vector for image in images])
    return Gallery(tuple(image.stem for image in images), vectors, model.key)


WORKLOADS = {
    w.__name__: w
    for w in (
        scan_ours,
        scan_every_frame,
        decode_only,
        verify_ours,
        sign_whole,
        sign_sidecar,
        sign_engine,
        hash_only,
        verify_folder,
        read_one_by_one,
    )
}


def main() -> None:
    name, *arguments = sys.argv[1:]
    measured = WORKLOADS[name](*arguments)
    measured["peak_mb"] = _peak_mb()
    print(json.dumps(measured))


def _peak_mb() -> float:
    """Return the most memory this process held, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # getrusage would count the parent's memory too: on Linux the figure survives fork and exec.
        (peak,) = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
