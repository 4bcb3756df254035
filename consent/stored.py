"""What a stored field must be: the database and JSON keep whatever was put there, and a changed row must be found."""

from typing import Any, get_args


def texts(value: Any) -> tuple[str, ...]:
    """Return a stored list of texts. Raises TypeError for anything else."""
    if not isinstance(value, list):
        raise TypeError("a list of texts was expected")
    return tuple(text(item) for item in value)


def text(value: Any) -> str:
    """Return a stored text; SQLite keeps bytes and numbers in a column of text as they are. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError("text was expected")
    return value


def optional_text(value: Any) -> str | None:
    """Return a stored text or None. Raises TypeError."""
    return None if value is None else text(value)


def word(value: Any, vocabulary: Any) -> Any:
    """Return a stored word of a vocabulary, or None. Raises ValueError."""
    if value is not None and value not in get_args(vocabulary):
        raise ValueError("a word outside the vocabulary")
    return value


def blob(value: Any) -> bytes:
    """Return stored bytes. Raises TypeError for anything else."""
    if not isinstance(value, bytes):
        raise TypeError("bytes were expected")
    return value
