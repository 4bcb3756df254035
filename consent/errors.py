"""The errors of this room.

ConsentError
├── RegistryMissing      no registry has been made at this place
├── RegistryExists       a registry, or a part of one, is already there
├── RegistryNewer        the database was written by a newer version
├── RegistryOlder        the database was written by an older version and waits to be migrated
├── RegistryBusy         another process kept the database locked
├── RegistryFull         no room for the change, which was not kept
├── RegistryUnreachable  the database server does not answer, or refuses us
├── RegistryLocked       opened without its keys, and this needs them
├── RegistryUnreadable   not a database, corrupt, or without the keys that belong to it
│   ├── KeyFileInsecure  the key file can be read by others
│   └── KeyRefused       the passphrase, the PIN, the token or the cloud key is not the right one
├── KeyUnreachable       the token, the cloud or a library for it cannot be reached
├── HolderKeyMissing     the performer's key is held outside, and was not given
├── HolderKeyInvalid     a file that was to hold a holder's key does not
├── BackupInvalid        a backup that is damaged, altered, or none of ours
├── UnknownPerformer
├── UnknownGrant
├── UnknownReceipt
├── ReceiptUnusable      a text or a key that is no receipt or key of a receipt, with the reason
├── DuplicatePerformer   the stage name is registered already
├── ReleaseMissing       no biometric release in force: nothing may be enrolled
├── RecordInvalid        a value that cannot be recorded as given
├── GrantInvalid         a grant document with problems, each located by its path
├── TemplateUnreadable   a sealed record did not decrypt
├── PerformerErased      what was asked for has been destroyed
├── ErasureInvalid       a receipt of an erasure does not hold
├── ErasureUnfinished    the key is destroyed; traces wait for another process to finish
└── EvidenceInvalid      what was handed in does not prove what it says
    ├── ProofInvalid         a proof about the log does not hold
    └── CheckpointInvalid    a checkpoint is damaged, or not signed by the key given

A message says what is wrong, which one, and what to do next. No message holds a legal name, a
template or a key.
"""

from dataclasses import dataclass


class ConsentError(Exception):
    """Any refusal of the consent registry; the message is written for the person at the terminal."""


class RegistryMissing(ConsentError):
    """No registry has been made at this place."""


class RegistryExists(ConsentError):
    """A registry, or a part of one, is already at this place."""


class RegistryNewer(ConsentError):
    """The database has a schema that this version does not know."""


class RegistryBusy(ConsentError):
    """Another process kept the database locked for longer than we wait."""


class RegistryOlder(ConsentError):
    """The database has a schema that this version has replaced; nothing is changed until that is asked for."""


class RegistryFull(ConsentError):
    """There was no room for a change; it was not kept."""


class RegistryUnreachable(ConsentError):
    """The database server does not answer, ended the session, refuses us, or has no driver here."""


class RegistryLocked(ConsentError):
    """The registry was opened without its keys, and what was asked for needs them."""


class RegistryUnreadable(ConsentError):
    """The registry cannot be read: not a database, corrupt, or its keys are wrong or missing."""


class KeyFileInsecure(RegistryUnreadable):
    """The key file can be read by other accounts of this machine."""


class KeyRefused(RegistryUnreadable):
    """The passphrase, PIN, token or cloud key is not the one that this registry was sealed with."""


class KeyUnreachable(ConsentError):
    """A key provider outside this machine's files cannot be reached or used."""


class HolderKeyMissing(ConsentError):
    """The performer's data key is held by the performer or an agent, and their private key was not given."""

    def __init__(self, performer: str) -> None:
        super().__init__(
            f"the data key of {performer} is held outside this registry; give the holder's private key with "
            "--holder-key FILE"
        )
        self.performer = performer


class HolderKeyInvalid(ConsentError):
    """A file that was to hold an X25519 key in PEM does not."""


class BackupInvalid(ConsentError):
    """A file is no backup of a registry, or not as it was when it was made."""


class UnknownPerformer(ConsentError):
    """No performer has this reference."""

    def __init__(self, performer: str) -> None:
        super().__init__(f'no performer {performer!r} is registered; see "clearance performer list" for those who are')
        self.performer = performer


class UnknownGrant(ConsentError):
    """No grant has this id."""

    def __init__(self, grant: str) -> None:
        super().__init__(f'no grant {grant!r} is recorded; see "clearance consent list" for those that are')
        self.grant = grant


class UnknownReceipt(ConsentError):
    """No receipt has this id, or none was issued for this record."""

    def __init__(self, receipt: str) -> None:
        super().__init__(
            f'no receipt {receipt!r} is kept; see "clearance consent receipt list", or issue one with '
            '"clearance consent receipt issue"'
        )
        self.receipt = receipt


class ReceiptUnusable(ConsentError):
    """A text that is no receipt, or a key that fits none; the message gives the reason."""


class DuplicatePerformer(ConsentError):
    """The stage name is registered already."""

    def __init__(self, stage_name: str, performer: str) -> None:
        super().__init__(
            f"{stage_name!r} is registered already as {performer}; use that reference, "
            "or say that this is another person of the same name"
        )
        self.performer = performer


class ReleaseMissing(ConsentError):
    """The performer has no biometric release in force on the day of enrolment."""


class RecordInvalid(ConsentError):
    """A value that cannot be recorded as given."""


class TemplateUnreadable(ConsentError):
    """A sealed record did not decrypt under its performer's key."""


class PerformerErased(ConsentError):
    """The performer's personal and biometric data have been destroyed."""

    def __init__(self, performer: str) -> None:
        super().__init__(
            f"{performer} has been erased: names, templates and pictures are gone for good; register the person anew "
            'with "clearance performer add"'
        )
        self.performer = performer


class ErasureInvalid(ConsentError):
    """A receipt of an erasure is malformed, altered, or signed with another key."""


class ErasureUnfinished(ConsentError):
    """What was to be destroyed is gone, but a trace of it could not be overwritten yet."""


class EvidenceInvalid(ConsentError):
    """What was handed in does not prove what it says."""


class ProofInvalid(EvidenceInvalid):
    """A proof about the log does not hold."""


class CheckpointInvalid(EvidenceInvalid):
    """A checkpoint is damaged, or not signed by the key given."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a document: where it is (keys and list positions from the top) and what it is."""

    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        place = ".".join(str(step) for step in self.path) or "the document"
        return f"{place}: {self.message}"


class GrantInvalid(ConsentError):
    """A grant document that cannot be recorded, with every problem found in it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("the grant cannot be recorded; correct " + "; ".join(str(p) for p in problems))
        self.problems = problems
