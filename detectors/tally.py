"""The faces of pictures in their order: found, measured, embedded where need be, joined and counted."""

from collections.abc import Sequence
from functools import partial

from detectors.assessment import measured_faces, with_templates
from detectors.association import Association
from detectors.boundaries import Boundaries
from detectors.crops import context_jpeg, face_jpeg
from detectors.model import FaceModel
from detectors.quality import TOO_SMALL_REASON, rank
from detectors.retry import relieve
from detectors.sampling import Sample
from detectors.tracks import Sighting, look_of
from detectors.values import Coverage, Face, Quality, Sampling

# Contexts are weighed after this many samples: a dozen faces in each, at most 200 kB a face, are 60 MB.
_RELIEVED_EVERY = 25


class Tally:
    """Searches pictures and counts their faces."""

    def __init__(self, model: FaceModel, *, make_templates: bool, keep_contexts: bool) -> None:
        """keep_contexts: whether somebody may want to look at the best faces again."""
        self.association = Association(model.key)
        self._model = model
        self._boundaries = Boundaries(model, compares=make_templates)
        self._make_templates = make_templates
        self._keep_contexts = keep_contexts
        self._samples = 0
        self._seen = self._good = self._too_small = self._too_blurred = 0

    def search(self, samples: Sequence[Sample]) -> None:
        """Take in the faces of pictures in order, and find out when those came and went that are new or gone."""
        found = self._model.detect_all([sample.picture for sample in samples])
        for sample, faces in zip(samples, found, strict=True):
            self._take_in(sample, faces)

    def _take_in(self, sample: Sample, found: Sequence[Face]) -> None:
        """Take in the faces that were found in one picture."""
        faces = measured_faces(sample.picture, found)
        looks = [look_of(each.crop) for each in faces]
        boxes = [each.face.box for each in faces]
        wanted = [
            n
            for n, each in enumerate(faces)
            if self._make_templates
            and not self.association.is_plain(
                boxes, n, rank(each.face, each.quality), looks[n], shot=sample.shot, time_s=sample.time_s
            )
        ]
        faces = with_templates(faces, wanted, sample.picture, self._model)
        self._count([each.quality for each in faces])
        turnover = self.association.observe(
            [
                Sighting(
                    each.face,
                    each.quality,
                    each.vector,
                    rank(each.face, each.quality),
                    looks[n],
                    partial(face_jpeg, sample.picture, each.face.box),
                    partial(context_jpeg, sample.picture, each.face.box) if self._keep_contexts else None,
                )
                for n, each in enumerate(faces)
            ],
            shot=sample.shot,
            time_s=sample.time_s,
            end_s=sample.end_s,
        )
        self._boundaries.extend(turnover, sample)
        self._samples += 1
        if self._keep_contexts and self._samples % _RELIEVED_EVERY == 0:
            relieve(self.association.tracks)

    def coverage(
        self,
        sampling: Sampling,
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
            faces_seen=self._seen,
            faces_searched=self._good,
            faces_too_small=self._too_small,
            faces_too_blurred=self._too_blurred,
            unreadable_from_s=unreadable_from_s,
            sampling=sampling,
        )

    def _count(self, qualities: list[Quality]) -> None:
        small = sum(TOO_SMALL_REASON in quality.reasons for quality in qualities)
        good = sum(quality.level != "too_poor" for quality in qualities)
        self._seen += len(qualities)
        self._good += good if self._make_templates else 0
        self._too_small += small
        self._too_blurred += len(qualities) - good - small
