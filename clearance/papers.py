"""What people signed for this audit: answers that the declaration names, waivers, and whose signatures count.

Whose do is the operator's decision, and stands in `attestors.toml` in the home; waivers lie in the home's folder
`waivers`, or are named on the command line. Without those files nobody's answer or waiver counts.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from clearance.errors import ConfigurationError, DocumentRejected, SettingsInvalid
from policies.attestation import AttestationRecord, read_attestation
from policies.document import file_content, plain_words, read_document
from policies.dsse import LIMIT_BYTES, signing_key
from policies.errors import DocumentUnreadable, EnvelopeInvalid
from policies.rule import Role
from policies.waiver import APPROVER, WaiverRecord, read_waiver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from clearance.declaration import Declaration
    from clearance.settings import Settings
    from policies.dsse import SigningKey
    from policies.signed_record import Signed

ATTESTORS_NAME: Final = "attestors.toml"
WAIVERS_FOLDER: Final = "waivers"
ROLES: Final[tuple[str, ...]] = (*get_args(Role), APPROVER)
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Papers:
    """The signed answers and waivers of one audit. attestors: key fingerprint → roles of those who count."""

    attestors: Mapping[str, frozenset[str]] = field(default_factory=dict)
    attestations: tuple[Signed[AttestationRecord], ...] = ()
    waivers: tuple[Signed[WaiverRecord], ...] = ()


class _Attestor(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    roles: Annotated[tuple[str, ...], Field(min_length=1)]
    note: str | None = None


_LISTED: Final = TypeAdapter(dict[str, tuple[_Attestor, ...]])


def papers_of(
    settings: Settings, *, declaration: Path | None = None, declared: Declaration | None = None, waivers: Sequence[Path]
) -> Papers:
    """Return the signed papers for an audit.

    declaration: where declared was read from; the files it names lie beside it. Raises DocumentRejected with the
    place in the declaration, ConfigurationError or SettingsInvalid for a file that is no such paper.
    """
    answers = attestations_of(declaration, declared) if declaration and declared else ()
    folder = settings.home_path / WAIVERS_FOLDER
    kept = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return Papers(
        attestors=attestors_in(settings.home_path / ATTESTORS_NAME),
        attestations=answers,
        waivers=tuple(_paper(path, read_waiver) for path in (*kept, *waivers)),
    )


def attestations_of(path: Path, declaration: Declaration) -> tuple[Signed[AttestationRecord], ...]:
    """Return the answers that a declaration names. Raises DocumentRejected for those that can't be read."""
    found, problems = [], []
    for place, name in enumerate(declaration.attestations):
        try:
            found.append(_paper(path.parent / name, read_attestation))
        except (ConfigurationError, DocumentUnreadable) as error:
            document = read_document(path)
            problems.append(f"{document.locate(('attestations', place))}: attestations.{place}: {error}")
    if problems:
        raise DocumentRejected(tuple(problems))
    return tuple(found)


def attestors_in(path: Path) -> Mapping[str, frozenset[str]]:
    """Return fingerprint → roles from attestors.toml; nothing where there is no such file. Raises SettingsInvalid."""
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        listed = _LISTED.validate_python(document).get("attestor", ())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{path} is not valid TOML ({error}); mend it, or remove it to trust nobody") from error
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise SettingsInvalid(f"{path}: {where}: {plain_words(problem)}") from error
    if unknown := sorted(set(document) - {"attestor"}):
        raise SettingsInvalid(f'{path}: unknown key "{unknown[0]}"; write [[attestor]] for each person')
    roles: dict[str, frozenset[str]] = {}
    for entry in listed:
        for role in entry.roles:
            if role not in ROLES:
                raise SettingsInvalid(f'{path}: there is no role "{role}"; permitted are {", ".join(ROLES)}')
        roles[entry.key] = roles.get(entry.key, frozenset()) | frozenset(entry.roles)
    return roles


def key_in(path: Path) -> SigningKey:
    """Return the private key of a person in a PEM file. Raises ConfigurationError for anything else."""
    try:
        return signing_key(file_content(path, str(path), LIMIT_BYTES))
    except EnvelopeInvalid as error:
        raise ConfigurationError(f"{path} {error}") from error


def _paper(path: Path, read: Callable[[bytes], Read]) -> Read:
    try:
        return read(file_content(path, str(path), LIMIT_BYTES))
    except EnvelopeInvalid as error:
        raise ConfigurationError(f"{path} {error}") from error
