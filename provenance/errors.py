"""Everything that can go wrong here, as one tree. What a file *says* is never an error, only a value.

ProvenanceError
├── SourceError
│   ├── SourceMissing          no such file, or a folder
│   ├── SourceUnreadable       the operating system refuses to read it
│   └── UnsupportedFormat      the content is of no format that can be signed
├── ManifestError              inside the package; `verify.read` turns these into answers
│   ├── NoManifest
│   ├── RemoteManifestOnly     the manifest lies elsewhere and is not fetched
│   └── UnreadableManifest     damaged beyond reading
├── SigningError
│   ├── InPlaceSigning         source and destination are the same file
│   ├── DestinationExists
│   ├── DestinationUnusable    no such folder, or nothing can be written there
│   ├── ParentUnusable         the source's own manifest is broken or elsewhere
│   ├── IngredientUnusable     a file that went into it has a broken manifest, or is the source itself
│   ├── IdentityUnusable       certificate or key cannot sign claims
│   ├── KeyUnavailable         the place that keeps the key cannot be reached, or refuses
│   ├── TimeStampUnavailable   no time-stamp authority answered as it should
│   ├── ManifestInvalid        what should be signed breaks the standard or the privacy rule
│   └── SigningFailed          the engine failed, or its result did not hold
└── TrustError
    ├── TrustProfileInvalid
    │   └── TrustListChanged   a list is not the file that was pinned by its hash
    ├── SignerUnclear          it cannot be told which signer is expected
    ├── CrossCheckMissing      the second implementation is not installed
    └── RevocationFileInvalid
"""


class ProvenanceError(Exception):
    """Base of every error this package raises."""


class SourceError(ProvenanceError):
    """The media file itself cannot be used."""


class SourceMissing(SourceError):
    """There is no such file."""


class SourceUnreadable(SourceError):
    """The file exists and cannot be read."""


class UnsupportedFormat(SourceError):
    """The content is of no format that carries an embedded manifest."""


class ManifestError(ProvenanceError):
    """No manifest could be read; `verify.read` turns this into an answer."""


class NoManifest(ManifestError):
    """The file carries no manifest."""


class RemoteManifestOnly(ManifestError):
    """The file only names a manifest elsewhere, which is not fetched."""


class UnreadableManifest(ManifestError):
    """A manifest, or the file around it, is damaged beyond reading."""


class SigningError(ProvenanceError):
    """Nothing was signed, and the destination is as it was."""


class InPlaceSigning(SigningError):
    """Source and destination are one file, which signing would destroy."""


class DestinationExists(SigningError):
    """Something lies at the destination and overwriting was not asked for."""


class DestinationUnusable(SigningError):
    """Nothing can be written at the destination."""


class ParentUnusable(SigningError):
    """The source carries a history that cannot be kept truthfully."""


class IngredientUnusable(SigningError):
    """A file that went into the source cannot be recorded truthfully."""


class IdentityUnusable(SigningError):
    """The certificate or key cannot sign claims."""


class KeyUnavailable(SigningError):
    """The key lies elsewhere and cannot be used now, or a passphrase does not open it."""


class TimeStampUnavailable(SigningError):
    """No time-stamp authority answered as it should, and signing without was not allowed."""


class ManifestInvalid(SigningError):
    """What should be signed breaks the standard or says too much about a person."""


class SigningFailed(SigningError):
    """The signing engine failed, or its result did not hold when read again."""


class TrustError(ProvenanceError):
    """A statement about whom to trust cannot be used."""


class TrustProfileInvalid(TrustError):
    """A trust profile is damaged, empty, or says what it must not."""


class TrustListChanged(TrustProfileInvalid):
    """The file of a list has another hash than the profile pinned."""


class SignerUnclear(TrustError):
    """The description of the expected signer can be read in no way, or in several."""


class CrossCheckMissing(TrustError):
    """A second implementation was asked for and is not installed."""


class RevocationFileInvalid(TrustError):
    """A revocation file is damaged, or says what cannot be read in one way only."""
