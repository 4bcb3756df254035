"""Everything this room raises, as one tree.

    DetectorError
    ├── MediaError(path)             the file is the cause
    │   ├── MissingMedia             no such file, or a folder
    │   ├── UnreadableMedia          empty, truncated, broken, too large, or no format that is read here
    │   ├── MislabelledMedia         the content is another format than the suffix says
    │   └── NoPicture                sound only
    ├── FaceUnsuitable(path)         a reference picture that must not be enrolled
    │   ├── NoFace
    │   ├── SeveralFaces
    │   ├── FaceTooSmall
    │   └── FaceTooPoor              blurred or turned away
    ├── PackError(path)              the model pack is the cause
    │   ├── PackSourceMissing        the package that carries the weights is absent or another version
    │   ├── PackCorrupt              a file of the pack is missing or is not the one its manifest names
    │   ├── PackRefused              a folder, archive or model that cannot be installed as a pack
    │   ├── LicenceRefused           its licence forbids commercial use, or nobody knows it, and none is held
    │   └── PackMissing              no pack of that name is installed
    ├── CalibrationUnusable(path)    a calibration file, or the pictures for one, cannot be used
    ├── ProviderUnavailable          the processor that was asked for cannot be used
    │   └── ParityFailed             it gives other results than the CPU
    └── ModelMismatch                templates, galleries or calibrations of two different models

Standard library only: whoever catches these need not load a model.
"""

from pathlib import Path


class DetectorError(Exception):
    """Base of every error of this room; the message says what, which, and what to do next."""


class _PathError(DetectorError):
    """An error about one file or folder, kept in `path`."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message

    def __reduce__(self) -> tuple[type["_PathError"], tuple[Path, str]]:
        # Exceptions cross process borders in batch runs; the default would replay the joined message.
        return type(self), (self.path, self.message)


class MediaError(_PathError):
    """The file cannot be judged."""


class MissingMedia(MediaError):
    """No file is there, or it is a folder."""


class UnreadableMedia(MediaError):
    """Empty, truncated, broken, too large, or no format that is read here."""


class MislabelledMedia(MediaError):
    """The content is another format than the suffix says."""


class NoPicture(MediaError):
    """The file holds sound and no moving or still picture."""


class FaceUnsuitable(_PathError):
    """The picture cannot serve as a reference."""


class NoFace(FaceUnsuitable):
    """No face was found."""


class SeveralFaces(FaceUnsuitable):
    """More than one face was found, so that it is unclear whose template this would be."""


class FaceTooSmall(FaceUnsuitable):
    """The face covers too few pixels."""


class FaceTooPoor(FaceUnsuitable):
    """The face is blurred or turned away."""


class PackError(_PathError):
    """The model pack cannot be used."""


class PackSourceMissing(PackError):
    """The package that carries the weights is absent or is another version than the conversion expects."""


class PackCorrupt(PackError):
    """A file of the pack is missing or differs from its recorded SHA-256."""


class PackRefused(PackError):
    """What was offered for installation is no pack, is not bounded, or does not run."""


class LicenceRefused(PackError):
    """The licence does not allow commercial use or is not known, and the operator named none that is held."""


class PackMissing(PackError):
    """No pack of that name is installed."""


class CalibrationUnusable(_PathError):
    """A calibration file is damaged or of another format, or a folder holds too little to calibrate with."""


class ProviderUnavailable(DetectorError):
    """The processor that was asked for by name cannot be used; it is never replaced in silence."""


class ParityFailed(ProviderUnavailable):
    """A processor measures otherwise than the CPU, for which thresholds and templates were made."""


class ModelMismatch(DetectorError):
    """Templates, a gallery or a calibration come from different models and must not be compared."""
