"""Errors of the policies room, one base and one line per kind.

PolicyError
├── DocumentInvalid          a YAML text that this project's reader refuses, with file:line:column
│   └── DocumentUnreadable   a file that can't be opened or is too large
├── EnvelopeInvalid          a signed envelope, or a key, that can't be used
├── FactsInvalid             recorded facts that don't fit the vocabulary
├── PackInvalid              a rule pack that must not be loaded, with every problem found
├── PackRefused              a sound rule pack that must not be used here: unsigned, unpinned, or under a taken id
└── UnknownPack              a pack name that nothing is shipped under

Every message says what, which and what next; positions are 1-based `file:line:column`.
"""

from __future__ import annotations


class PolicyError(Exception):
    """Base of every error that this package raises on purpose."""


class DocumentInvalid(PolicyError):
    """A YAML text is refused; `where` is file:line:column and `reason` the sentence without it."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason


class DocumentUnreadable(DocumentInvalid):
    """A file can't be read at all; `where` is its name."""


class EnvelopeInvalid(PolicyError):
    """A signed envelope or a key can't be used; the sentence goes on from the name of the file."""


class FactsInvalid(PolicyError):
    """Recorded facts don't fit the vocabulary; `problems` has one `path: message` for each fault."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(
            "the facts do not fit the vocabulary; record them again with this version: " + "; ".join(problems)
        )
        self.problems = problems


class PackInvalid(PolicyError):
    """A rule pack doesn't load; `problems` has one `file:line:column: message` for each fault."""

    def __init__(self, source: str, problems: tuple[str, ...]) -> None:
        super().__init__(f"rule pack {source} is not loaded; correct it first:\n" + "\n".join(problems))
        self.source = source
        self.problems = problems


class PackRefused(PolicyError):
    """A rule pack, or what vouches for it, must not be used here; `source` is its path."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source} is not used: {reason}")
        self.source = source
        self.reason = reason


class UnknownPack(PolicyError):
    """No shipped pack has that name; `known` lists those that exist."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"there is no rule pack {name!r}; choose one of {', '.join(known)} or give the path of a pack")
        self.name = name
        self.known = known
