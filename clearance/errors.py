"""Every error of the application, with the exit code that it ends in.

    ClearanceError
    ├── ConfigurationError     a wrong argument, setting, document or home            exit 2
    │   ├── SettingsInvalid
    │   ├── HomeExists
    │   ├── HomeMissing
    │   ├── DocumentRejected   a declaration or a grant file, every problem located
    │   ├── DestinationExists
    │   └── PaperUnprintable   no PDF can be made of a text, such as one in letters that no font of ours has
    ├── SigningRefused         the audit of the file to be signed was blocked         exit 1
    ├── SigningHeld            ... or held                                            exit 3
    ├── EnrolmentHeld          another performer looks the same; a person must decide exit 3
    ├── EvidenceInvalid        a file to be worked on is damaged or altered           exit 4
    │   └── BundleInvalid      a submission bundle that is none, or was altered
    └── DemoFailed             a step of the demo did not come out as the story says  exit 70

Exit codes are a contract with users (constant across commands): 0 pass, 1 blocked, 2 usage or configuration,
3 held, 4 evidence invalid, 70 a defect of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PASSED: Final = 0
BLOCKED: Final = 1
USAGE: Final = 2
HELD: Final = 3
INVALID: Final = 4
# EX_SOFTWARE of sysexits.h.
DEFECT: Final = 70


class ClearanceError(Exception):
    """The base of the application's errors; its text is one sentence for the user."""

    exit_code: int = USAGE


class ConfigurationError(ClearanceError):
    """An argument, a setting, a document or the home cannot be used as it is."""


class SettingsInvalid(ConfigurationError):
    """A value in clearance.toml or in the environment is not permitted."""


class HomeExists(ConfigurationError):
    """`init` was asked to make a home where there is one."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            f"{home} is taken, by a home or by something else; use it as it is, or name another place with --home"
        )


class HomeMissing(ConfigurationError):
    """A command needs the home and there is none."""

    def __init__(self, home: Path) -> None:
        super().__init__(f'{home} is not a clearance home; make one with "clearance init"')


class DocumentRejected(ConfigurationError):
    """A document that the user wrote has problems; each line of the text is one, with file:line:column."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class DestinationExists(ConfigurationError):
    """The output would overwrite something."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} exists; name another place, or remove it first")


class PaperUnprintable(ConfigurationError):
    """A text that cannot be set as PDF; the message names it."""


class SigningRefused(ClearanceError):
    """The audit of the file blocked it, so it is not signed."""

    exit_code = BLOCKED


class SigningHeld(ClearanceError):
    """The audit of the file held it, so it is not signed."""

    exit_code = HELD


class EnrolmentHeld(ClearanceError):
    """The face to be enrolled resembles another performer as much as a match does."""

    exit_code = HELD


class EvidenceInvalid(ClearanceError):
    """A file to be worked on is damaged, altered or unreadable."""

    exit_code = INVALID


class BundleInvalid(EvidenceInvalid):
    """A bundle is damaged, altered, or not made as bundles are; the text says in what, without the file's name."""


class DemoFailed(ClearanceError):
    """A step of the demo did not come out as the story says."""

    exit_code = DEFECT
