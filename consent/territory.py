"""Territories as codes: which are recognised, and which lies inside which.

Codes are ISO 3166-1 alpha-2 and ISO 3166-2 as listed by pycountry, plus the groups WORLD, EU and EEA.
A subdivision lies inside the country whose code it starts with.
"""

from functools import lru_cache
from typing import Final

WORLD: Final = "WORLD"
# Treaty on European Union, Art. 52, as it stands since 1 February 2020.
EU: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - one line of codes reads better than 27 literals
)
# Agreement on the European Economic Area, Art. 2.
GROUPS: Final = {"EU": EU, "EEA": EU | {"IS", "LI", "NO"}}


@lru_cache(maxsize=4096)
def recognised(text: str) -> str | None:
    """Return the code that text stands for, in its canonical spelling, or None when it is no code."""
    # Imported here: the lists are read from disk, and most callers never ask.
    import pycountry

    code = text.strip().upper()
    if code == WORLD or code in GROUPS:
        return code
    if "-" in code:
        subdivision = pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]  # its one untyped method
        return code if subdivision is not None else None
    return code if pycountry.countries.get(alpha_2=code) is not None else None


def suggestion(text: str) -> str | None:
    """Return the code that somebody who wrote text may have meant (a name, a three-letter code)."""
    import pycountry

    name = text.strip()
    if name.casefold() in {"worldwide", "global", "universe"}:
        return WORLD
    try:
        return str(pycountry.countries.lookup("GB" if name.upper() == "UK" else name).alpha_2)
    except LookupError:
        return None


def inside(requested: str, granted: frozenset[str]) -> bool:
    """Return whether the requested territory lies wholly inside the granted ones.

    Both sides hold recognised codes. A group is inside when it is granted, when a larger group is, or
    when each of its members is.
    """
    if WORLD in granted or requested in granted:
        return True
    if requested == WORLD:
        return False
    if requested in GROUPS:
        return all(inside(member, granted) for member in GROUPS[requested])
    country = requested.split("-")[0]
    return country in granted or any(name in granted and country in group for name, group in GROUPS.items())


def name_of(code: str) -> str:
    """Return a territory in words with its code, such as "Germany (DE)"; what is no code comes back as it is."""
    import pycountry

    groups = {WORLD: "the whole world", "EU": "European Union", "EEA": "European Economic Area"}
    country = pycountry.countries.get(alpha_2=code)
    subdivision = pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]  # its one untyped method
    name = groups.get(code) or getattr(country or subdivision, "name", None)
    return f"{name} ({code})" if name else code
