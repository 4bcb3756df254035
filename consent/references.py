"""New references for what the registry keeps: a letter for the kind, then eight random characters.

Crockford's base 32: no I, L, O or U, so that a reference survives being read aloud. 40 random bits; the
primary key of each table refuses the rare repetition.
"""

import re
import secrets
from typing import Final, Literal, TypeAlias

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 8
# A character of 32.
_BITS: Final = 5
Kind: TypeAlias = Literal["P", "R", "T", "G", "C"]
_REFERENCE: Final = re.compile(rf"([PRTGC])-[{ALPHABET}]{{{LENGTH}}}")


def new_reference(kind: Kind) -> str:
    """Return a reference for a new performer, release, template, grant or receipt, such as P-7QK2M0ZD."""
    drawn = secrets.randbits(_BITS * LENGTH)
    return f"{kind}-" + "".join([ALPHABET[drawn >> _BITS * place & 31] for place in range(LENGTH)])


def is_reference(kind: Kind, text: str) -> bool:
    """Return whether text has the form of a reference of that kind."""
    return _REFERENCE.fullmatch(text) is not None and text.startswith(kind)
