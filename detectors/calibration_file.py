"""A calibration as a file: JSON of the schema "clearance.calibration/1", checked when it is read.

It states what was measured on which pictures with which model, and holds no picture, no name and no template. It is
bound to the pack's SHA-256 and to the preparation of pictures: for any other detector, recogniser or alignment the
scores mean something else, so the file is refused.
"""

import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from detectors.errors import CalibrationUnusable, ModelMismatch
from detectors.model import PREPROCESSING
from detectors.pack import ModelPack

SCHEMA: Final = "clearance.calibration/1"
_MAX_BYTES = 1 << 22

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Rate = Annotated[float, Field(gt=0.0, le=1.0)]
Target = Annotated[float, Field(gt=0.0, lt=0.5)]
Score = Annotated[float, Field(gt=-1.0, le=1.0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Basis = Literal["measured", "extrapolated"]


class _Part(BaseModel):
    """Frozen, and without room for misspelt fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


class DataSet(_Part):
    """The pictures that were compared."""

    name: str
    sha256: Sha256
    identities: int = Field(ge=1)
    pictures: int = Field(ge=1)
    left_out: int = Field(ge=0)
    split: str
    """Which identities were used, in words."""


class PackBinding(_Part):
    """The model that was measured."""

    name: str
    version: str
    sha256: Sha256


class Curve(_Part):
    """The rates of comparisons with so many references per person."""

    references: int = Field(ge=1)
    comparisons: int = Field(ge=1)
    people: int = Field(ge=1)
    """Enrolled people whose misses were counted."""
    measured_to: Score
    """The false match rate above this score is extrapolated."""
    false_match: tuple[tuple[Score, Rate, Share, Share], ...] = Field(min_length=3)
    """(score, FMR, lower and upper limit of 95 %)."""
    misses: tuple[tuple[Score, Share, Share, Share], ...] = Field(min_length=3)
    """(score, FNIR, lower and upper limit of 95 %)."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for points in (self.false_match, self.misses):
            if any(a[0] >= b[0] for a, b in pairwise(points)):
                raise ValueError("scores must ascend")
        rates = [rate for _, rate, _, _ in self.false_match]
        if rates != sorted(rates, reverse=True) or rates[-1] == rates[-2]:
            raise ValueError("the false match rate must fall with the score")
        if any(a[1] > b[1] for a, b in pairwise(self.misses)):
            raise ValueError("misses must not fall with the score")
        return self


class Histogram(_Part):
    """How many comparisons fell into each hundredth of the score from -1 to 1; shares of the whole."""

    references: int = Field(ge=1)
    impostor: tuple[Share, ...] = Field(min_length=200, max_length=200)
    genuine: tuple[Share, ...] = Field(min_length=200, max_length=200)


class OperatingPoint(_Part):
    """What follows at one size of gallery if this share of strangers may be named."""

    references: int = Field(ge=1)
    people: int = Field(ge=1)
    """In the gallery."""
    fpir: Rate
    threshold: Score
    fnir: tuple[Share, Share, Share]
    """With its interval of 95 %."""
    basis: Basis


class CrossCheck(_Part):
    """A threshold read off one half of the identities and tried on the other, both ways; means."""

    references: int = Field(ge=1)
    people: int = Field(ge=1)
    target_fpir: Target
    threshold: Score
    fpir: Share
    fnir: Share


class CalibrationRecord(_Part):
    """Everything measured in one calibration."""

    schema_: Literal["clearance.calibration/1"] = Field(alias="schema")
    id: str = Field(min_length=1)
    created: datetime
    dataset: DataSet
    pack: PackBinding
    preprocessing: str
    target_fpir: Target
    curves: tuple[Curve, ...] = Field(min_length=1)
    histograms: tuple[Histogram, ...]
    operating_points: tuple[OperatingPoint, ...]
    cross_checks: tuple[CrossCheck, ...]
    limits: tuple[str, ...]

    def curve(self, references: int) -> Curve:
        """Return the curve for the largest number of references that is not above this one."""
        fitting = [curve for curve in self.curves if curve.references <= references]
        return max(fitting, key=lambda curve: curve.references) if fitting else self.curves[0]


def read_calibration(path: Path, pack: ModelPack) -> CalibrationRecord:
    """Return the calibration in path.

    Raises CalibrationUnusable if it cannot be read or is not of the schema, ModelMismatch if it was made with
    another pack or another preparation of pictures.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            raise CalibrationUnusable(path, "is too large for a calibration; make it again")
        record = CalibrationRecord.model_validate_json(raw)
    except (OSError, ValueError) as error:
        if isinstance(error, ValidationError):
            raise CalibrationUnusable(path, f"{_first(error)}; make the calibration again") from error
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise CalibrationUnusable(path, f"cannot be read ({reason}); name a calibration file") from error
    if (record.pack.sha256, record.preprocessing) != (pack.sha256, PREPROCESSING):
        raise ModelMismatch(
            f"{path}: calibration {record.id} was made with {record.pack.name} {record.pack.version} "
            f"({record.pack.sha256[:16]}, {record.preprocessing}), not with {pack.name} {pack.version} "
            f"({pack.sha256[:16]}, {PREPROCESSING}); calibrate the pack in use with "
            '"clearance models calibrate DIR --out FOLDER"'
        )
    return record


def _first(error: ValidationError) -> str:
    """Return where the document first departs from the schema, and how."""
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'document'}: {first['msg']}"


def write_calibration(record: CalibrationRecord, path: Path) -> None:
    """Write a calibration to path, one field per line; the same record gives the same bytes."""
    document = record.model_dump(mode="json", by_alias=True)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in document.items())
    path.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
